"""Rows of an earlier release that works on this schema, as in every deploy: it knows no `waits_at`.

What it puts before a schedule's gate does not say that it waits there, and what it lets through still says so. Each
sweep mends both; what runs is counted as running in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from django.db.models import F, QuerySet

from rota.ledger.connections import insistently, writing
from rota.ledger.keys import key_for
from rota.models import Run, Schedule, State

PAGE = 500
"""Schedules per statement."""


def send_to_gates(*, using: str) -> int:
    """Let what waits for nothing wait at the gate of its schedule; returns how many did."""
    return sum(_send(keys, using) for keys in _gates(using))


def forget_ended(keys: Collection[str], *, using: str) -> int:
    """What is said to wait before these gates and can be claimed, runs or has ended. Returns how many were."""
    said = Run.objects.using(using).filter(waits_at__in=list(keys))
    left = said.exclude(state=State.READY, ready_at__isnull=True)
    return insistently(partial(_write, left, using, None), using) if keys else 0


def _gates(using: str) -> Iterator[list[str]]:
    last = 0
    while True:
        found = Schedule.objects.using(using).filter(pk__gt=last).order_by("pk")
        page = list(found.values_list("pk", flat=True)[:PAGE])
        if page:
            yield [key_for(pk) for pk in page]
        if len(page) < PAGE:
            return
        last = page[-1]


def _send(keys: Collection[str], using: str) -> int:
    # By the gates' own index: of each gate only what has passed it is read, which is one run.
    lost = Run.objects.using(using).filter(gate_key__in=keys, state=State.READY, waits_at__isnull=True)
    lost = lost.exclude(gate_key="").filter(ready_at__isnull=True, parked_at__isnull=True)
    return insistently(partial(_write, lost, using, F("gate_key")), using) if lost.exists() else 0


def _write(runs: QuerySet[Run], using: str, waits_at: F | None) -> int:
    with writing(using):
        return runs.update(waits_at=waits_at)
