"""Let runs with the same key through, one after another, as their overlap policy says.

A run with a key waits outside the ready index until it is let through here. Counts come from the rows, so that a
crash leaks no place; what is locked is the gate's own row, never a row that a user's transaction holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db.models import F, Q

from rota.ledger.chunks import chunks
from rota.ledger.connections import insistently, writing
from rota.models import Gate, Overlap, Reason, Run, State

BATCH = 100
"""Keys per transaction."""

WAITING = Q(state=State.READY, ready_at__isnull=True, parked_at__isnull=True)
ACTIVE = Q(state=State.RUNNING) | Q(state=State.READY) & (
    Q(ready_at__isnull=False) | Q(parked_at__isnull=False)
)


def key_for(schedule_id: int) -> str:
    """The key behind which the runs of one schedule queue."""
    return f"schedule:{schedule_id}"


def keys_of(runs: Iterable[Run]) -> list[str]:
    """The gates these runs wait at, each once, in the order in which gates are locked."""
    return sorted({key for run in runs for key in (run.gate_key, run.limit_key) if key})


def admit(keys: Iterable[str], *, using: str, now: datetime) -> int:
    """Look at these gates in short transactions of their own; returns how many runs were let through."""
    let = 0
    for batch in chunks(sorted(set(keys)), BATCH):
        prepare(batch, using=using)
        let += insistently(partial(_let_through_alone, batch, using, now), using)
    return let


def _let_through_alone(keys: Sequence[str], using: str, now: datetime) -> int:
    with writing(using):
        return let_through(keys, using=using, now=now)


def prepare(keys: Iterable[str], *, using: str) -> None:
    """Make the rows to lock, before the transaction that locks them: an insert inside it could deadlock (MySQL)."""
    wanted = set(keys)
    gates = Gate.objects.using(using)
    missing = wanted - set(gates.filter(key__in=wanted).values_list("key", flat=True))
    if missing:
        with writing(using):
            gates.bulk_create([Gate(key=key) for key in sorted(missing)], ignore_conflicts=True)


def sweep(*, using: str, now: datetime) -> int:
    """Look at every gate where something waits: what a crash between two transactions left behind."""
    waiting = Run.objects.using(using).filter(WAITING).exclude(gate_key="")
    return admit(waiting.values_list("gate_key", flat=True).distinct(), using=using, now=now)


def let_through(keys: Sequence[str], *, using: str, now: datetime) -> int:
    """The same in the caller's transaction, with `keys` prepared, and sorted: that order prevents deadlocks."""
    _lock(keys, using)
    runs = Run.objects.using(using).filter(gate_key__in=keys)
    active = _by_key(runs.filter(ACTIVE))
    waiting = _by_key(runs.filter(WAITING))
    return sum(_pass(waiting[key], active[key], using, now) for key in keys if waiting[key])


def _lock(keys: Sequence[str], using: str) -> None:
    list(Gate.objects.using(using).select_for_update().filter(key__in=keys).order_by("key"))


def _by_key(runs: Iterable[Run]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        found[run.gate_key].append(run)
    return found


def _pass(waiting: list[Run], active: list[Run], using: str, now: datetime) -> int:
    let = 0
    for run in _in_order(waiting):
        if active and run.overlap == Overlap.CANCEL_RUNNING:
            active = _make_way(run, active, using, now)
        if not active:
            active = [run]
            let += _open_for(run, using, now)
        elif run.overlap == Overlap.SKIP:
            _skip(run, Reason.OVERLAP, f"run {active[0].pk} had not finished", using, now)
    return let


def _in_order(waiting: list[Run]) -> list[Run]:
    return sorted(waiting, key=lambda run: (-run.priority, run.run_after or run.enqueued_at, run.pk))


def _make_way(run: Run, active: list[Run], using: str, now: datetime) -> list[Run]:
    """Ask what is running to stop; what has not begun is superseded. Returns what is still in the way."""
    # What was claimed since it was read cannot be skipped any more: it is running.
    running = [
        other
        for other in active
        if other.state == State.RUNNING
        or not _skip(other, Reason.SUPERSEDED, f"run {run.pk} stands for it", using, now)
    ]
    ids = [other.pk for other in running]
    Run.objects.using(using).filter(pk__in=ids, state=State.RUNNING, cancel_attempt__isnull=True).update(
        cancel_attempt=F("attempt_count") + 1
    )
    return running


def _open_for(run: Run, using: str, now: datetime) -> int:
    ready_at = max(run.run_after or now, now)
    return Run.objects.using(using).filter(WAITING, pk=run.pk).update(ready_at=ready_at)


def _skip(run: Run, reason: str, detail: str, using: str, now: datetime) -> int:
    return (
        Run.objects.using(using)
        .filter(pk=run.pk, state=State.READY)
        .update(
            state=State.SKIPPED, reason=reason, detail=detail, finished_at=now, ready_at=None, parked_at=None
        )
    )
