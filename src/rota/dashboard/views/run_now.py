"""Run now: a page that says what will happen, and the click that makes it so. It never waits for the task."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from rota import clock, conf
from rota.actions import run_now
from rota.dashboard import overview
from rota.dashboard.asked import Asked, read, shown
from rota.dashboard.doorway import RUN, SEE, actor_of, needs
from rota.dashboard.frame import frame
from rota.exceptions import InvalidInput, Refused
from rota.models import Schedule
from rota.queries import schedules
from rota.queries.status import status


@needs(SEE, RUN)
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
def page(request: HttpRequest, key: str) -> HttpResponseBase:
    """GET asks, POST queues and goes back to the list. The same form sent twice makes one run."""
    schedule = schedules.find(key, using=conf.current().DATABASE)
    if request.method != "POST":
        return _form(request, schedule, Asked(once=secrets.token_urlsafe(16), arguments=shown(schedule)))
    asked = Asked.from_post(request.POST)
    try:
        receipt = run_now(
            schedule.key,
            actor_of(request),
            kwargs=read(asked.arguments, schedule),
            reason=asked.reason,
            idempotency_key=asked.once,
        )
    except (InvalidInput, Refused) as error:
        return _form(request, schedule, asked, problem=str(error))
    back = urlencode({"queued": str(receipt.run_id), **({"again": "1"} if receipt.replayed else {})})
    return redirect(f"{reverse('rota:schedules')}?{back}")


def _form(request: HttpRequest, schedule: Schedule, asked: Asked, problem: str = "") -> HttpResponse:
    using = conf.current().DATABASE
    now = clock.now(using)
    row = schedules.row(schedule, now, using=using)
    context: dict[str, Any] = {
        **frame(request, "schedules", now, using),
        "row": row,
        "cells": overview.cells(row, now),
        "workers": len(status(now, using=using).alive.serving(row.queue_name)),
        "actor": actor_of(request),
        "asked": asked,
        "problem": problem,
    }
    return render(request, "rota/run_now.html", context, status=400 if problem else 200)
