"""Decide about HELD runs: what fell into an outage and waits for a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from rota.ledger import gates, line
from rota.ledger.connections import after_commit, writing
from rota.models import Reason, Run, State


def release_held(run_ids: Sequence[uuid.UUID], *, using: str, now: datetime, by: str) -> int:
    """Let these HELD runs run, one after another; returns how many were still held."""
    with writing(using):
        held = Run.objects.using(using).filter(pk__in=run_ids, state=State.HELD)
        released = line.to_first_gate(
            held, now, state=State.READY, reason="", detail=f"released by {by}"[:500], requested_by=by[:200]
        )
        keys = gates.keys_of(Run.objects.using(using).filter(pk__in=run_ids, state=State.READY))
    # After the outermost commit: to lock the gate while the run is locked would be the wrong order.
    after_commit(partial(gates.admit, keys, using=using, now=now), using)
    return released


def drop_held(run_ids: Sequence[uuid.UUID], *, using: str, now: datetime, by: str) -> int:
    """Decide that these HELD runs shall not run: SKIPPED, with the person's name; returns how many."""
    with writing(using):
        held = Run.objects.using(using).filter(pk__in=run_ids, state=State.HELD)
        return held.update(
            state=State.SKIPPED, reason=Reason.ASK, detail=f"dropped by {by}"[:500], finished_at=now
        )
