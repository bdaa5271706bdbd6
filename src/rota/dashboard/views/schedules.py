"""The first page: every schedule by category, how it stands, and what the last outage did."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from rota import clock, conf
from rota.dashboard import overview, story
from rota.dashboard.badges import of_run
from rota.dashboard.doorway import RUN, SEE, needs
from rota.dashboard.frame import frame
from rota.exceptions import UnknownName
from rota.models import Run
from rota.queries import outage, runs, schedules


@needs(SEE)
def page(request: HttpRequest) -> HttpResponseBase:
    """GET. `?queued=<run id>` is where Run now comes back to."""
    using = conf.current().DATABASE
    now = clock.now(using)
    queued = _queued(request.GET.get("queued", ""), using)
    news = story.told(outage.latest(now, using=using), now)
    context = {
        **frame(request, "schedules", now, using),
        "groups": overview.groups(schedules.overview(now, using=using), now, tell=news is not None),
        "story": news,
        "may_run": request.user.has_perm(RUN),
        "queued": queued,
        "queued_badge": queued and of_run(queued),
        "again": request.GET.get("again") == "1",
    }
    return render(request, "rota/schedules.html", context)


def _queued(text: str, using: str) -> Run | None:
    """The run that was just asked for. What is no run's id is somebody's typing, and nothing to complain about."""
    try:
        return runs.detail(uuid.UUID(text), using=using).run
    except (ValueError, UnknownName):
        return None
