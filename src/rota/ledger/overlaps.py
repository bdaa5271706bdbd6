"""The gate of a schedule: its runs go one after another, each as its overlap policy says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from rota.ledger.keys import beyond_overlap
from rota.ledger.line import Passed, in_line, make_ready
from rota.models import Overlap, Reason, Run, State

AT_ONCE = (Overlap.SKIP, Overlap.CANCEL_RUNNING)
"""Policies that decide about a run as soon as it comes, and not when it is its turn."""


def look(key: str, *, using: str, now: datetime) -> Passed:
    """Judge what is new at this gate, and let the next one through when nothing is in its way. The gate is locked."""
    waiting = _to_judge(key, using)
    active = list(holders(key, using)) if waiting else []
    let, beyond = 0, set[str]()
    for run in waiting:
        if active and run.overlap == Overlap.CANCEL_RUNNING:
            beyond.update(other.limit_key for other in active if other.limit_key)
            active = make_way(run, active, using, now)
        if not active:
            active = [run]
            gate = beyond_overlap(run.limit_key, run.rate_key, run.run_after, now)
            let += _open_for(run, gate, using, now)
            beyond.update([gate] if gate else [])
        elif run.overlap == Overlap.SKIP:
            _skip(run, Reason.OVERLAP, f"run {active[0].pk} had not finished", using, now)
    return Passed(let, frozenset(beyond))


def _to_judge(key: str, using: str) -> list[Run]:
    """All that is not content to queue, which is what has come since the last look; and the first that queues."""
    line = in_line(key, using)
    # By the gate's own index, which holds the policy: nothing is read of those that queue.
    found = [*line.filter(gate_key=key, overlap__in=AT_ONCE), *line.filter(overlap=Overlap.QUEUE)[:1]]
    return sorted(found, key=lambda run: (-run.priority, run.pk))


def holders(key: str, using: str) -> QuerySet[Run]:
    """What has passed this gate and has not ended: it runs, may begin, waits further on, or for a retry."""
    # Written as ranges, so that no entry of the index for what waits here is read.
    further = Q(waits_at__isnull=True) | Q(waits_at__lt=key) | Q(waits_at__gt=key)
    # What an earlier release let through runs, and is still said to wait.
    passed = Q(state=State.READY) & further | Q(state=State.RUNNING)
    runs = Run.objects.using(using).filter(passed, gate_key=key)
    return runs.order_by("pk").only("pk", "state", "limit_key")


def occupied(keys: Iterable[str], using: str) -> set[str]:
    """Those of these gates where something has passed and not ended, or waits."""
    open_runs = Run.objects.using(using).filter(
        gate_key__in=list(keys), state__in=(State.READY, State.RUNNING), finished_at=None
    )
    return set(open_runs.values_list("gate_key", flat=True))


def pass_free(run: Run, now: datetime) -> None:
    """Mark a run that is not yet stored as passed: nothing is in its way. It may have another gate before it."""
    run.waits_at = beyond_overlap(run.limit_key, run.rate_key, run.run_after, now)
    run.ready_at = None if run.waits_at else max(run.run_after or now, now)


def make_way(run: Run, active: Sequence[Run], using: str, now: datetime) -> list[Run]:
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


def _open_for(run: Run, gate: str | None, using: str, now: datetime) -> int:
    if gate is None:
        return make_ready([run], using, now)
    Run.objects.using(using).filter(pk=run.pk, state=State.READY).update(waits_at=gate)
    return 0


def _skip(run: Run, reason: str, detail: str, using: str, now: datetime) -> int:
    ready = Run.objects.using(using).filter(pk=run.pk, state=State.READY)
    return ready.update(
        state=State.SKIPPED,
        reason=reason,
        detail=detail,
        finished_at=now,
        ready_at=None,
        parked_at=None,
        waits_at=None,
    )
