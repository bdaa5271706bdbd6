"""The lines of runs before the gates: who is next, and how they go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from rota.ledger import keys
from rota.ledger.sql import TABLE
from rota.models import Run, State

MOST = 200
"""Runs that pass a gate in one transaction: short enough for SQLite's one writer."""

PAGE = 200
"""Keys found by one statement."""


@dataclasses.dataclass(frozen=True, slots=True)
class Passed:
    """How many runs were let through to the workers, and the gates to look at next."""

    let: int = 0
    beyond: frozenset[str] = frozenset()


def in_line(key: str, using: str) -> QuerySet[Run]:
    """What waits at this gate, next first: priority, then age. Locked, but never waited for: a row that a person's
    transaction holds, perhaps to cancel it, is passed over, and looked at again when that has ended."""
    runs = Run.objects.using(using).filter(waits_at=key, state=State.READY).order_by("-priority", "pk")
    if connections[using].features.has_select_for_update_skip_locked:
        runs = runs.select_for_update(skip_locked=True)
    return runs.only("pk", "state", "terms", "priority", "overlap", "run_after", "limit_key", "rate_key")


def longer_and_longer(key: str, using: str) -> Iterator[Sequence[Run]]:
    """The head of the line, two runs first and then more, up to MOST: read is only what may pass."""
    size = 2
    while True:
        head = list(in_line(key, using)[:size])
        yield head
        if len(head) < size or size == MOST:
            return
        size = min(size * 8, MOST)


def make_ready(runs: Iterable[Run], using: str, now: datetime) -> int:
    """Let these go to the workers; returns how many."""
    return _waiting(runs, using).update(waits_at=None, ready_at=Greatest(Coalesce("run_after", now), now))


def send_on(runs: Iterable[Run], field: str, using: str) -> frozenset[str]:
    """Let these go to the gate that this field names; returns those gates."""
    moved = list(runs)
    _waiting(moved, using).update(waits_at=F(field))
    return frozenset(getattr(run, field) for run in moved)


def to_first_gate(runs: QuerySet[Run], now: datetime, **also: Any) -> int:
    """Let these, which were held back, go to their first gates, or to the workers when they have none."""
    overlap = When(~Q(gate_key=""), then=F("gate_key"))
    free = When(gate_key="", limit_key=None, rate_key=None, then=Greatest(Coalesce("run_after", now), now))
    return runs.update(
        waits_at=Case(overlap, default=Coalesce("limit_key", "rate_key")),
        ready_at=Case(free, default=Value(None, DateTimeField())),
        **also,
    )


def _waiting(runs: Iterable[Run], using: str) -> QuerySet[Run]:
    ids = [run.pk for run in runs]
    return Run.objects.using(using).filter(pk__in=ids, state=State.READY, waits_at__isnull=False)


def of_age(using: str, now: datetime) -> QuerySet[Run]:
    """What waited for its time, which has come."""
    runs = Run.objects.using(using).filter(state=State.READY)
    return runs.filter(waits_at__gte=f"{keys.AFTER}0", waits_at__lte=keys.due(now))


def come_of_age(using: str, now: datetime) -> frozenset[str]:
    """Let what waited for its time go to its gates, at most MOST, in the caller's transaction; returns those gates."""
    due = of_age(using, now)
    if connections[using].features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    runs = list(due.order_by("waits_at").only("pk", "limit_key", "rate_key")[:MOST])
    _waiting(runs, using).update(waits_at=Coalesce("limit_key", "rate_key"))
    return frozenset(key for run in runs if (key := run.limit_key or run.rate_key))


def pages(using: str) -> Iterator[list[str]]:
    """The gates where something waits. A loose index scan: its cost is the number of gates, not of runs."""
    # Times sort before every gate's name.
    last = f"{keys.AFTER}9"
    while True:
        with connections[using].cursor() as cursor:
            cursor.execute(_PAGE, [last])
            page = [row[0] for row in cursor.fetchall()]
        if page:
            yield page
        if len(page) < PAGE:
            return
        last = page[-1]


_PAGE = f"""
    WITH RECURSIVE k(waits_at, number) AS (
        SELECT (SELECT MIN(waits_at) FROM {TABLE} WHERE waits_at > %s), 1
        UNION ALL
        SELECT (SELECT MIN(r.waits_at) FROM {TABLE} r WHERE r.waits_at > k.waits_at), k.number + 1
        FROM k WHERE k.waits_at IS NOT NULL AND k.number < {PAGE}
    )
    SELECT waits_at FROM k WHERE waits_at IS NOT NULL ORDER BY number"""  # noqa: S608 - our names, our parameters


def waited_for(wanted: Iterable[str], using: str) -> list[str]:
    """Those of these gates where something waits, in order."""
    runs = Run.objects.using(using)
    return [key for key in sorted(set(wanted)) if runs.filter(waits_at=key, state=State.READY).exists()]
