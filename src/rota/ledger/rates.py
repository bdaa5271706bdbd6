"""The gate that lets so many runs with one key begin in a period: GCRA, a leaky bucket without a timer.

The gate's row keeps one time, at which the bucket will be empty. A run that passes gets the time from which it may be
claimed, so nobody has to wake up for it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from rota.ledger.line import MOST, Passed, longer_and_longer
from rota.ledger.sql import update_each
from rota.models import Gate, Run, State
from rota.policies import Limit, Terms

AHEAD = timedelta(seconds=20)
"""Stamped so far in advance: twice the time between two sweeps, so that a line never stands still in between."""

Stamp = tuple[datetime, None, uuid.UUID]


def look(gate: Gate, *, using: str, now: datetime) -> Passed:
    """Stamp the next ones, each by the rate that it carries. The gate is locked."""
    unbegun = _unbegun(gate.key, using)
    stamps: list[Stamp] = []
    empty_at = gate.next_at or now
    for head in longer_and_longer(gate.key, using):
        stamps, empty_at = _stamped(head, gate, unbegun, now)
        if len(stamps) < len(head):
            break
    if stamps:
        update_each(stamps, ("ready_at", "waits_at"), using)
    if empty_at != gate.next_at:
        Gate.objects.using(using).filter(pk=gate.pk).update(next_at=empty_at)
    return Passed(len(stamps), frozenset({gate.key} if len(stamps) == MOST else ()))


def _stamped(head: Sequence[Run], gate: Gate, unbegun: int, now: datetime) -> tuple[list[Stamp], datetime]:
    """The stamps of those that may pass, and when the bucket will be empty after them."""
    stamps: list[Stamp] = []
    empty_at = gate.next_at or now
    for run in head:
        rate = Terms.from_json(run.terms).rate
        if rate is not None:
            # Also when nobody passes now: what may begin and has not will be forgotten when it has.
            empty_at = max(empty_at, now + unbegun * rate.every)
        stamp = now if rate is None else _earliest(rate, empty_at, now)
        if stamp > now + AHEAD:
            break
        if rate is not None:
            empty_at = max(empty_at, stamp) + rate.every
        stamps.append((stamp, None, run.pk))
        unbegun = 0  # it is in `empty_at` now
    return stamps, empty_at


def _earliest(rate: Limit, empty_at: datetime, now: datetime) -> datetime:
    """When the next one may begin: at once as long as the bucket holds fewer than a period's number."""
    return max(now, empty_at - (rate.number - 1) * rate.every)


def _unbegun(key: str, using: str) -> int:
    """How many may begin and have not. While no worker is there they may all begin at one moment, so they count as if
    they did now."""
    return Run.objects.using(using).filter(rate_key=key, state=State.READY, waits_at__isnull=True).count()
