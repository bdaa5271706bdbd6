"""One run: its state, its attempts with log and error, its arguments and its result."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from rota import clock, conf
from rota.dashboard.doorway import SEE, needs
from rota.dashboard.frame import frame
from rota.dashboard.run_cells import full
from rota.queries import runs
from rota.queries.waiting import waits


@needs(SEE)
def page(request: HttpRequest, run_id: uuid.UUID) -> HttpResponseBase:
    """GET."""
    using = conf.current().DATABASE
    now = clock.now(using)
    detail = runs.detail(run_id, using=using)
    shown = full(detail, now, waits(detail.run, using=using, now=now))
    return render(request, "rota/run.html", {**frame(request, "runs", now, using), **shown})
