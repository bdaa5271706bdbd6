"""The page of schedules, as values for its template."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import datetime

from rota.dashboard import badges, moments
from rota.dashboard.badges import Badge
from rota.dashboard.moments import Moment, took
from rota.dashboard.story import KINDS
from rota.models import State
from rota.queries.schedules import Row

NO_CATEGORY = "Without a category"


@dataclasses.dataclass(frozen=True)
class Cells:
    """One schedule's line. Where there is no time there is a sentence: no cell says a bare "Never"."""

    key: str
    title: str
    task: str
    critical: bool
    owner: str
    badge: Badge
    recovered: bool
    detail: str
    calendar: str
    last: Moment | None
    last_run_id: str
    took: str
    next: Moment | None
    no_next: str
    runs: int
    success: str
    average: str
    story: str
    why: str
    may_run: bool


def groups(rows: list[Row], now: datetime, *, tell: bool) -> list[tuple[str, list[Cells]]]:
    """The lines by category, in the order of the rows; those without one come last. `tell`: the outage is news."""
    ordered = sorted(rows, key=lambda row: (not row.category, row.category))
    return [
        (category or NO_CATEGORY, [cells(row, now, tell=tell) for row in found])
        for category, found in itertools.groupby(ordered, key=lambda row: row.category)
    ]


def cells(row: Row, now: datetime, *, tell: bool = False) -> Cells:
    """One row of the overview in words."""
    last = row.last_run
    attempts = last.attempt if last else 0
    return Cells(
        key=row.key,
        title=row.title,
        task=row.schedule.task_path,
        critical=row.schedule.critical,
        owner=row.owner,
        badge=badges.of_standing(row.standing.kind, attempts),
        recovered=bool(last and last.recovered and last.state == State.SUCCESSFUL),
        detail=row.standing.detail,
        calendar=row.calendar,
        last=moments.past(last.finished_at or last.started_at or last.enqueued_at, now) if last else None,
        last_run_id=str(last.run_id) if last else "",
        took=took(last.seconds) if last else "",
        next=moments.ahead(row.next_run, now),
        no_next=_no_next(row),
        runs=row.totals.runs,
        success="" if row.totals.success_rate is None else f"{row.totals.success_rate:.0%}",
        average=took(row.totals.average_seconds),
        story=_story(row) if tell else "",
        why=" ".join(sentence for _, sentence in row.outage.reasons) if row.outage else "",
        may_run=row.schedule.retired_at is None,
    )


def _no_next(row: Row) -> str:
    if row.standing.kind in ("paused", "retired"):
        return row.standing.word.lower()
    return "only by hand" if row.manual_only else "no instant left"


def _story(row: Row) -> str:
    """What the last outage did to this schedule: '1 recovered, 3 superseded'."""
    if row.outage is None:
        return ""
    return ", ".join(f"{getattr(row.outage, kind):,} {kind}" for kind in KINDS if getattr(row.outage, kind))
