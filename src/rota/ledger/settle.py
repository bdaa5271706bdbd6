"""Close dead letters: they were run again, or somebody decided that they stay as they are."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from rota.ledger.connections import writing
from rota.ledger.sql import update_each
from rota.models import Run, State

NOTE = 500
"""Characters of a note."""


def settle(run_id: uuid.UUID, note: str, *, using: str, now: datetime) -> bool:
    """Stamp a FAILED or CANCELLED run as settled. False when somebody was first: nothing was written."""
    with writing(using):
        open_letters = Run.objects.using(using).filter(
            pk=run_id, state__in=(State.FAILED, State.CANCELLED), settled_at__isnull=True
        )
        return bool(open_letters.update(settled_at=now, settled_note=note[:NOTE]))


def lock_open(run_ids: Collection[uuid.UUID], *, using: str) -> list[Run]:
    """Those of these runs that are still FAILED and not settled, locked until the caller's transaction ends; by id."""
    mine = Run.objects.using(using).filter(pk__in=run_ids, state=State.FAILED, settled_at__isnull=True)
    return list(mine.select_for_update().order_by("pk").prefetch_related("schedule", "batch").defer("result"))


def settle_each(notes: Sequence[tuple[uuid.UUID, str]], *, using: str, now: datetime) -> None:
    """Stamp these locked runs as settled, each with its note, in the caller's transaction."""
    update_each([(now, note[:NOTE], pk) for pk, note in notes], ("settled_at", "settled_note"), using)
