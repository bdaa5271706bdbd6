"""Recent runs, also only those in one state."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from rota import clock, conf
from rota.dashboard.doorway import SEE, needs
from rota.dashboard.frame import frame
from rota.dashboard.run_cells import line
from rota.exceptions import InvalidInput
from rota.models import State
from rota.queries import runs

SIZE = 50


@needs(SEE)
def page(request: HttpRequest) -> HttpResponseBase:
    """GET `?state=failed&schedule=<key>&before=<run id>`; what cannot be read is left out."""
    using = conf.current().DATABASE
    now = clock.now(using)
    state, schedule = _state(request.GET.get("state", "")), request.GET.get("schedule", "")[:200]
    found = runs.search(
        using=using, state=state, schedule=schedule, before=_id(request.GET.get("before", "")), limit=SIZE + 1
    )
    context = {
        **frame(request, "failed" if state == State.FAILED else "runs", now, using),
        "lines": [line(run, now) for run in found[:SIZE]],
        "older": found[SIZE - 1].pk if len(found) > SIZE else None,
        "state": state.lower(),
        "schedule": schedule,
        "states": [(value.lower(), value.capitalize()) for value in State.values],
    }
    return render(request, "rota/runs.html", context)


def _state(text: str) -> str:
    try:
        return runs.state_named(text) if text else ""
    except InvalidInput:
        return ""


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
