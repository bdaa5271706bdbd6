"""Remove old history, and keep what it added up to."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rota.ledger.connections import writing
from rota.models import Batch, Effect, Run, Schedule, State, Tally

BATCH = 500
"""Runs per transaction: short enough for SQLite's one writer."""

PRUNABLE = (State.SUCCESSFUL, State.CANCELLED, State.SKIPPED, State.MISSED)
"""Dead letters stay until somebody decides about them (`settled_at`); what has not ended is never pruned."""

Key = tuple[int, date, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of runs went; `instants` counts ranges in full. And how many marks of what was done once."""

    rows: int
    instants: int
    marks: int = 0


def prune(before: datetime, *, using: str, now: datetime, limit: int | None = None) -> Pruned:
    """Delete ended runs that finished before `before`, at most `limit`, each batch with its tally in one transaction.

    The last run and the last success of each schedule stay, so that "last run" is true whatever the retention. What is
    as old and belongs to no run that stays goes with them: finished batches, and marks of what was done once.
    """
    keep = _kept(using)
    rows = instants = 0
    while limit is None or rows < limit:
        size = BATCH if limit is None else min(BATCH, limit - rows)
        found = _prune_batch(before, keep, size, using)
        rows, instants = rows + found.rows, instants + found.instants
        if found.rows < size:
            break
    _prune_batches(before, using)
    return Pruned(rows, instants, _prune_marks(before, using))


def _prune_batches(before: datetime, using: str) -> None:
    used = Exists(Run.objects.using(using).filter(batch=OuterRef("pk")))
    old = Batch.objects.using(using).filter(~used, finished_at__lt=before)
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        with writing(using):
            Batch.objects.using(using).filter(pk__in=ids).delete()


def _prune_marks(before: datetime, using: str) -> int:
    """A mark stays as long as its run is in the ledger: a dead letter may still be run again."""
    known = Exists(Run.objects.using(using).filter(pk=OuterRef("run_id")))
    old = Effect.objects.using(using).filter(~known, made_at__lt=before)
    gone = 0
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        with writing(using):
            gone += Effect.objects.using(using).filter(pk__in=keys).delete()[0]
    return gone


def _prune_batch(before: datetime, keep: set[uuid.UUID], size: int, using: str) -> Pruned:
    with writing(using):
        old = _old(before, using).exclude(pk__in=keep).order_by("finished_at")
        # Locked: two who prune at once would both count them, and a stretch must not grow between count and removal.
        batch = list(old.select_for_update()[:size])
        if not batch:
            return Pruned(0, 0)
        _fold(batch, using)
        Run.objects.using(using).filter(pk__in=[run.pk for run in batch]).delete()
    return Pruned(len(batch), sum(run.due_count for run in batch))


def _old(before: datetime, using: str) -> QuerySet[Run]:
    ended = Q(state__in=PRUNABLE) | Q(state=State.FAILED, settled_at__isnull=False)
    # An open batch will ask how its runs ended.
    open_batches = Batch.objects.using(using).filter(finished_at__isnull=True)
    runs = Run.objects.using(using).filter(ended, finished_at__lt=before).exclude(batch__in=open_batches)
    return runs.defer("args", "kwargs", "result", "terms")


def _kept(using: str) -> set[uuid.UUID]:
    began = Run.objects.using(using).filter(attempt_count__gt=0)
    kept: set[uuid.UUID] = set()
    for schedule_id in Schedule.objects.using(using).values_list("pk", flat=True):
        own = began.filter(schedule=schedule_id).order_by("-enqueued_at", "-pk").values_list("pk", flat=True)
        kept.update(own[:1])
        kept.update(own.filter(state=State.SUCCESSFUL)[:1])
    return kept


def _fold(batch: Iterable[Run], using: str) -> None:
    counts: Counter[Key] = Counter()
    seconds: Counter[Key] = Counter()
    for run in batch:
        if run.schedule_id is None or run.finished_at is None:
            continue
        key = (run.schedule_id, run.finished_at.date(), run.state)
        counts[key] += run.due_count
        if run.last_attempted_at is not None:
            seconds[key] += (run.finished_at - run.last_attempted_at).total_seconds()  # type: ignore[assignment]
    for key, count in sorted(counts.items()):
        _add(key, count, float(seconds[key]), using)


def _add(key: Key, count: int, seconds: float, using: str) -> None:
    schedule_id, day, state = key
    tallies = Tally.objects.using(using)
    tally, made = tallies.select_for_update().get_or_create(
        schedule_id=schedule_id, day=day, state=state, defaults={"count": count, "seconds": seconds}
    )
    if not made:
        tallies.filter(pk=tally.pk).update(count=F("count") + count, seconds=F("seconds") + seconds)
