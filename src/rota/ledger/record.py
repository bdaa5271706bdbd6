"""Write drafts: cursors forward, rows in, gates looked at, all in one transaction per batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, connections, transaction

from rota.ledger import gates, quarantine, wake
from rota.ledger.chunks import chunks
from rota.ledger.connections import insistently, writing
from rota.ledger.enqueue import insert
from rota.ledger.entries import SINGLE, Mismatch, rows
from rota.ledger.sql import update_together
from rota.models import Cursor, Run

if TYPE_CHECKING:
    from rota.ledger.plan import Draft

MOVED = ("planned_until", "next_due_at", "gap_end", "revision")
BATCH = {"sqlite": 50}
"""Schedules per transaction: short enough for SQLite's one writer."""
LARGE_BATCH = 250

logger = logging.getLogger("rota")


def record(drafts: Sequence[Draft], *, using: str, now: datetime) -> list[Run]:
    """Write what still holds; returns the rows. A draft whose cursor moved meanwhile is passed over in silence:
    whoever moved it has accounted for its instants."""
    written: list[Run] = []
    for batch in chunks(drafts, BATCH.get(connections[using].vendor, LARGE_BATCH)):
        try:
            written += insistently(partial(_record_together, batch, using, now), using)
        except (IntegrityError, Mismatch) as error:
            logger.warning("A planning batch did not fit the ledger, going one by one: %s", error)
            written += [run for draft in batch for run in _record_alone(draft, using, now)]
    return written


def _record_together(batch: Sequence[Draft], using: str, now: datetime) -> list[Run]:
    gates.prepare((gates.key_for(draft.cursor.pk) for draft in batch), using=using)
    with writing(using):
        current = _unmoved(batch, using)
        taken = _taken(current, using)
        runs = [
            run for draft in current for run in _rows(draft, taken.get(draft.cursor.pk, set()), using, now)
        ]
        _move(current, using)
        gates.pass_new([run for run in runs if run.state in SINGLE], using=using, now=now)
        insert(runs, using=using)
        wake.for_runs(runs, using=using)
        gates.let_through(gates.keys_of(run for run in runs if run.state in SINGLE), using=using, now=now)
    return runs


def _record_alone(draft: Draft, using: str, now: datetime) -> list[Run]:
    try:
        return _record_together([draft], using, now)
    except (IntegrityError, Mismatch) as error:
        quarantine.quarantine(draft.cursor, error, using=using, now=now)
        return []


def _unmoved(batch: Sequence[Draft], using: str) -> list[Draft]:
    """Lock the cursors and keep the drafts whose revision is still the one they were computed from."""
    ids = [draft.cursor.pk for draft in batch]
    cursors = Cursor.objects.using(using).filter(pk__in=ids).order_by("pk")
    if connections[using].features.has_select_for_update_skip_locked:
        cursors = cursors.select_for_update(skip_locked=True)
    revisions = dict(cursors.values_list("pk", "revision"))
    return [draft for draft in batch if revisions.get(draft.cursor.pk) == draft.cursor.revision]


def _taken(drafts: Sequence[Draft], using: str) -> dict[int, set[datetime]]:
    """Instants ahead of the cursors that have a row already: after a restore, or a recovery by hand."""
    spans = {draft.cursor.pk: draft.cursor.planned_until for draft in drafts if draft.judged.verdicts}
    if not spans:
        return {}
    found: dict[int, set[datetime]] = {}
    ahead = Run.objects.using(using).filter(schedule__in=list(spans), due_at__gt=min(spans.values()))
    for schedule_id, due_at in ahead.values_list("schedule_id", "due_at"):
        if schedule_id is not None and due_at is not None and due_at > spans[schedule_id]:
            found.setdefault(schedule_id, set()).add(due_at)
    return found


def _rows(draft: Draft, taken: set[datetime], using: str, now: datetime) -> list[Run]:
    in_gap = draft.gap_end is not None or draft.cursor.gap_end is not None
    made = rows(draft.cursor.schedule, draft.judged.verdicts, taken, gap=in_gap, now=now)
    if made and made[0].state not in SINGLE and _carried_on(made[0], using):
        return made[1:]
    return made


def _carried_on(stretch: Run, using: str) -> bool:
    """Whether the schedule's last row is the same stretch, and was made longer instead of a new row."""
    with transaction.atomic(using=using):
        last = (
            Run.objects.using(using)
            .filter(schedule=stretch.schedule, due_at__isnull=False)
            .order_by("-due_at")
            .first()
        )
        same = last is not None and (last.state, last.reason, last.version) == (
            stretch.state, stretch.reason, stretch.version,
        )  # fmt: skip
        if last is None or not same or (last.due_until or last.due_at) >= stretch.due_at:  # type: ignore[operator]
            return False
        last.due_until = stretch.due_until or stretch.due_at
        last.due_count += stretch.due_count
        # It ended when its last instant was accounted for: pruning goes by that.
        last.finished_at = stretch.finished_at
        last.save(using=using, update_fields=["due_until", "due_count", "finished_at"])
    return True


def _move(drafts: Sequence[Draft], using: str) -> None:
    """The cursors are locked, so they are where the drafts took them to be."""
    rows = [
        (
            draft.judged.planned_until,
            draft.next_due_at,
            draft.gap_end,
            draft.cursor.revision + 1,
            draft.cursor.pk,
        )
        for draft in drafts
    ]
    if rows:
        update_together(Cursor, rows, MOVED, using, fixed="failures = 0, error = ''")
