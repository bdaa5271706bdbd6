"""Does the ledger hold what it promises? Read-only; the daily check of a project that must prove it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q

from rota.ledger.spans import spans
from rota.models import Attempt, Cursor, Run, State, Version
from rota.models.states import ENDED

LOOK_BACK = timedelta(days=7)
INSTANTS = 200_000
"""Instants recomputed per schedule at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, in a sentence."""

    subject: str
    what: str


def check(*, using: str, now: datetime) -> list[Problem]:
    """Every broken promise found: rows that contradict themselves, and instants of the last week without a row."""
    return [*_rows(using), *_attempts(using), *_cursors(using, now), *_coverage(using, now)]


def _rows(using: str) -> Iterator[Problem]:
    runs = Run.objects.using(using)
    rules = (
        (Q(state__in=ENDED, finished_at__isnull=True), "has ended without a time"),
        (Q(state__in=(State.SKIPPED, State.MISSED), reason=""), "was not run, and no reason is given"),
        (
            Q(state=State.RUNNING) & (Q(token__isnull=True) | Q(held_by__isnull=True)),
            "is running and nobody holds it",
        ),
        (~Q(state=State.READY) & Q(ready_at__isnull=False), "can be claimed although it is not ready"),
        (Q(due_until__lt=F("due_at")) | Q(due_count__lt=1), "stands for an impossible range"),
        (
            Q(state=State.READY, ready_at__isnull=True, parked_at__isnull=True, waits_at__isnull=True),
            "waits for nothing",
        ),
        (Q(waits_at__isnull=False) & ~Q(state=State.READY), "waits at a gate although it is not ready"),
        (Q(waits_at__isnull=False, ready_at__isnull=False), "can be claimed although it waits at a gate"),
    )
    for rule, what in rules:
        for run in runs.filter(rule).only("pk")[:20]:
            yield Problem(f"run {run.pk}", what)


def _attempts(using: str) -> Iterator[Problem]:
    grouped = (
        Attempt.objects.using(using).values("run").annotate(n=Count("pk"), last=Max("number")).order_by()
    )
    for row in grouped.exclude(n=F("last"))[:20]:
        yield Problem(
            f"run {row['run']}", f"has {row['n']} attempts, the last of which is number {row['last']}"
        )


def _cursors(using: str, now: datetime) -> Iterator[Problem]:
    for cursor in Cursor.objects.using(using).select_related("schedule"):
        if cursor.planned_until > now + timedelta(seconds=60):
            yield Problem(
                cursor.schedule.key,
                f"is planned until {cursor.planned_until:%Y-%m-%d %H:%M:%S}, which is ahead",
            )
        if cursor.error:
            yield Problem(cursor.schedule.key, f"cannot be planned: {cursor.error}")


def _coverage(using: str, now: datetime) -> Iterator[Problem]:
    """Every instant of the last week, by the versions valid then, against the rows that are there."""
    for cursor in Cursor.objects.using(using).select_related("schedule"):
        begin = max(now - LOOK_BACK, cursor.schedule.created_at)
        versions = list(Version.objects.using(using).filter(schedule=cursor.pk))
        due = _due(versions, begin, cursor.planned_until)
        if due is None:
            continue
        counted = _counted(cursor, begin, using)
        if counted != due:
            yield Problem(
                cursor.schedule.key,
                f"was due {due} times since {begin:%Y-%m-%d %H:%M}, has rows for {counted}",
            )


def _due(versions: list[Version], begin: datetime, until: datetime) -> int | None:
    total = 0
    for span in spans(versions, begin, until):
        number = span.calendar.count(span.start, span.end, at_most=INSTANTS)
        if not number.exact:
            return None
        total += number.number
    return total


def _counted(cursor: Cursor, begin: datetime, using: str) -> int:
    rows = Run.objects.using(using).filter(schedule=cursor.pk, due_at__lte=cursor.planned_until)
    inside = rows.filter(due_at__gt=begin).values_list("due_count", flat=True)
    return sum(inside) + sum(_part(run, begin) for run in rows.filter(due_at__lte=begin, due_until__gt=begin))


def _part(run: Run, begin: datetime) -> int:
    """How many instants of a range that began before `begin` lie after it."""
    if run.due_until is None or run.schedule is None:
        return 0
    versions = [version for version in run.schedule.versions.all() if version.number == run.version]
    return _due(versions, begin, run.due_until) or 0
