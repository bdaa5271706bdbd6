"""What the last outage did: which instants fell into it, and what became of them.

An outage is known by the rows it left: planning that came later than LATE_AFTER. It does not matter why nothing
planned: a deploy, a crash, a machine asleep, a database that was away.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Min, Q, QuerySet, Sum

from rota import conf
from rota.models import Process, Reason, Run, State
from rota.queries.ids import first_id_at

LOOK_BACK = timedelta(days=14)
ONE_STORY = timedelta(seconds=60)
"""Rounds that follow one another this closely are the same outage."""
ROUNDS = 1000
CAUSED = (Reason.CATCH_UP_NONE, Reason.SUPERSEDED, Reason.WINDOW, Reason.CAP, Reason.ASK, Reason.CLOCK)


@dataclasses.dataclass(frozen=True)
class Line:
    """What became of one schedule's instants. `reasons` are sentences, with the count of each."""

    schedule_id: int
    key: str
    title: str
    recovered: int = 0
    superseded: int = 0
    skipped: int = 0
    missed: int = 0
    held: int = 0
    reasons: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    @property
    def instants(self) -> int:
        """All of them."""
        return self.recovered + self.superseded + self.skipped + self.missed + self.held


@dataclasses.dataclass(frozen=True)
class Outage:
    """Nothing planned from `down_from` to `down_until` (aware, UTC); one line per schedule that was due then."""

    down_from: datetime
    down_until: datetime
    lines: list[Line]

    def total(self, what: str) -> int:
        """The sum of `recovered`, `superseded`, `skipped`, `missed`, `held` or `instants` over all schedules."""
        return sum(getattr(line, what) for line in self.lines)

    def of(self, schedule_id: int) -> Line | None:
        """What became of one schedule's instants."""
        return next((line for line in self.lines if line.schedule_id == schedule_id), None)


def latest(now: datetime, *, using: str) -> Outage | None:
    """The last outage of the last 14 days, or None. At most four queries."""
    rows = _rows(now, using)
    rounds = rows.order_by("-enqueued_at").values_list("enqueued_at", flat=True).distinct()[:ROUNDS]
    story = _first_story(rounds)
    if not story:
        return None
    told = rows.filter(enqueued_at__gte=story[-1], enqueued_at__lte=story[0])
    first_due = told.aggregate(first=Min("due_at"))["first"]
    return Outage(*_span(first_due, story[-1], using), _lines(told))


def _rows(now: datetime, using: str) -> QuerySet[Run]:
    made = Run.objects.using(using).filter(pk__gte=first_id_at(now - LOOK_BACK), schedule__isnull=False)
    late = Q(enqueued_at__gt=F("due_at") + conf.current().LATE_AFTER)
    return made.filter(late, Q(recovered=True) | Q(reason__in=CAUSED))


def _first_story(rounds: Iterable[datetime]) -> list[datetime]:
    """The newest rounds up to the first pause between them, newest first."""
    story: list[datetime] = []
    for moment in rounds:
        if story and story[-1] - moment > ONE_STORY:
            break
        story.append(moment)
    return story


def _span(first_due: datetime, planned_at: datetime, using: str) -> tuple[datetime, datetime]:
    """From the last sign of life before the first instant that was not planned, to the start that ended it."""
    supervisors = Process.objects.using(using).filter(kind="supervisor")
    seen = supervisors.aggregate(
        last=Max("last_heartbeat_at", filter=Q(last_heartbeat_at__lte=first_due)),
        started=Max("started_at", filter=Q(started_at__gt=first_due, started_at__lte=planned_at)),
    )
    return seen["last"] or first_due, seen["started"] or planned_at


def _lines(told: QuerySet[Run]) -> list[Line]:
    grouped = told.values(
        "schedule", "schedule__key", "schedule__title", "schedule__definition", "state", "reason"
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in grouped.annotate(n=Sum("due_count")).order_by("schedule__key"):
        found[row["schedule"]].append({**row})
    return [_line(rows) for rows in found.values()]


def _line(rows: list[dict[str, Any]]) -> Line:
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[_became(row)] += row["n"]
    reasons = [(row["n"], _sentence(row)) for row in rows if row["reason"]]
    first = rows[0]
    return Line(
        first["schedule"], first["schedule__key"], first["schedule__title"], **counts, reasons=reasons
    )


def _became(row: dict[str, Any]) -> str:
    if row["state"] == State.SKIPPED:
        return "superseded" if row["reason"] == Reason.SUPERSEDED else "skipped"
    return {State.MISSED: "missed", State.HELD: "held"}.get(row["state"], "recovered")


def _sentence(row: dict[str, Any]) -> str:
    said = row["schedule__definition"]
    if row["reason"] == Reason.WINDOW and said.get("catch_up_window"):
        hours = said["catch_up_window"] / 3600
        return f"Due longer ago than the catch-up window of {hours:g} h reaches."
    if row["reason"] == Reason.CAP:
        return f"More were due than are made up for at once ({said.get('catch_up_cap')})."
    return str(Reason(row["reason"]).label) if row["reason"] in Reason.values else row["reason"]
