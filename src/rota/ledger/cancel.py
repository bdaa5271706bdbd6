"""Stop a run: one that waits is CANCELLED here; one that runs is asked, by attempt, and its supervisor sees to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db.models import F

from rota.ledger import wake
from rota.ledger.afterwards import Afterwards
from rota.ledger.connections import after_commit, writing
from rota.models import Run, State


def cancel_waiting(run_id: uuid.UUID, *, using: str, now: datetime, by: str, reason: str = "") -> bool:
    """Cancel a READY or HELD run. False when it had moved on: then nothing was written."""
    detail = f"cancelled by {by}" + (f": {reason}" if reason else "")
    with writing(using):
        waiting = Run.objects.using(using).filter(pk=run_id, state__in=(State.READY, State.HELD))
        after = Afterwards.of(waiting)
        done = waiting.update(
            state=State.CANCELLED,
            detail=detail[:500],
            finished_at=now,
            ready_at=None,
            parked_at=None,
            waits_at=None,
        )
    # After the outermost commit: to lock the gate while the run is locked would be the wrong order.
    after_commit(partial(after.look, using=using, now=now), using)
    return bool(done)


def ask_to_stop(run_id: uuid.UUID, attempt: int, *, using: str) -> bool:
    """Ask for this attempt of a RUNNING run to be stopped. False when another attempt, or none, is running."""
    with writing(using):
        running = Run.objects.using(using).filter(pk=run_id, state=State.RUNNING, attempt_count=attempt - 1)
        asked = running.update(cancel_attempt=F("attempt_count") + 1)
        wake.supervisors(using=using)
        return bool(asked)


def stop_requests(holders: Collection[uuid.UUID], *, using: str) -> list[tuple[uuid.UUID, int, uuid.UUID]]:
    """(run id, token, holder) of the running attempts on these workers that somebody asked to stop."""
    asked = Run.objects.using(using).filter(
        held_by__in=list(holders), state=State.RUNNING, cancel_attempt=F("attempt_count") + 1
    )
    rows = asked.values_list("pk", "token", "held_by")
    return [(pk, token, held_by) for pk, token, held_by in rows if token is not None and held_by is not None]
