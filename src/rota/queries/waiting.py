"""What a run waits for at a gate: which gate it is, what holds it, and how many are before it."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime

from django.db.models import Q, QuerySet

from rota.ledger import keys, limits, overlaps
from rota.models import Gate, Run, State
from rota.policies import Limit, Terms
from rota.queries.words import several

SHOWN = 5
COUNTED = 1000
"""Those before it are counted up to here: whoever reads it wants to know how long the line is, not to wait for it."""


@dataclasses.dataclass(frozen=True)
class Waits:
    """`gate` is overlap, concurrency, rate, or later (it waits for its time); `why` says it in a sentence.

    `held_by` are the runs that have the places, at most five of `holding`. `ahead` is how many wait before it, counted
    up to a thousand. `not_before` (UTC) is when it may pass at the earliest, where that is known.
    """

    gate: str
    key: str
    why: str
    held_by: tuple[uuid.UUID, ...] = ()
    holding: int = 0
    ahead: int = 0
    not_before: datetime | None = None


def waits(run: Run, *, using: str, now: datetime) -> Waits | None:
    """What this run waits for; None when it waits at no gate (it may begin, is parked, runs or has ended)."""
    at = run.waits_at
    if run.state != State.READY or at is None:
        return None
    if at.startswith(keys.AFTER):
        return _later(run)
    if at.startswith(keys.OVERLAP):
        return _overlap(run, at, using)
    if at.startswith(keys.LIMIT):
        return _concurrency(run, at, using)
    return _rate(run, at, using, now)


def _later(run: Run) -> Waits:
    gate = run.limit_key or run.rate_key or ""
    when = f" {run.run_after:%Y-%m-%d %H:%M:%S} UTC" if run.run_after else ""
    return Waits(
        "later", gate, f"It waits for its time{when}; then for its turn at {gate}.", not_before=run.run_after
    )


def _overlap(run: Run, key: str, using: str) -> Waits:
    held = overlaps.holders(key, using)
    ids, holding, ahead = _holders(held), held.count(), _ahead(run, using)
    why = f"Runs of its schedule go one after another, and run {ids[0]} has not ended." if ids else _FREE
    return Waits("overlap", key, why + _line(ahead), ids, holding, ahead)


def _concurrency(run: Run, key: str, using: str) -> Waits:
    held = limits.holders(key, using)
    ids, holding, ahead = _holders(held), held.count(), _ahead(run, using)
    limit = Terms.from_json(run.terms).concurrency
    full = limit is not None and holding >= limit.number
    why = f"{_number(limit)} may go at once with the key {key}, and {holding} do." if full else _FREE
    return Waits("concurrency", key, why + _line(ahead), ids, holding, ahead)


def _rate(run: Run, key: str, using: str, now: datetime) -> Waits:
    limit, ahead = Terms.from_json(run.terms).rate, _ahead(run, using)
    empty_at = Gate.objects.using(using).filter(pk=key).values_list("next_at", flat=True).first()
    soonest = None
    if limit is not None and empty_at is not None:
        soonest = max(now, empty_at - (limit.number - 1 - ahead) * limit.every)
    per = f" in {limit.per:g} s" if limit is not None and limit.per is not None else ""
    why = f"{_number(limit)} may begin{per} with the key {key}."
    about = f" Its turn is about {soonest:%Y-%m-%d %H:%M:%S} UTC." if soonest is not None else ""
    return Waits("rate", key, why + about + _line(ahead), ahead=ahead, not_before=soonest)


_FREE = "Its gate is looked at within seconds: nothing that has a place holds it."


def _holders(held: QuerySet[Run]) -> tuple[uuid.UUID, ...]:
    return tuple(held.order_by("pk").values_list("pk", flat=True)[:SHOWN])


def _ahead(run: Run, using: str) -> int:
    before = Q(priority__gt=run.priority) | Q(priority=run.priority, pk__lt=run.pk)
    line = Run.objects.using(using).filter(before, waits_at=run.waits_at, state=State.READY)
    return line.values("pk")[:COUNTED].count()


def _line(ahead: int) -> str:
    if not ahead:
        return " It is the next."
    return f" {several(ahead, 'run')}{' or more' if ahead == COUNTED else ''} before it."


def _number(limit: Limit | None) -> str:
    return "So many" if limit is None else str(limit.number)
