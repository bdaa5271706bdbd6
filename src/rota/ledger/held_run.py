"""What the ledger must know of a run that a worker holds, to move it on."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from rota.models import Run


class HeldRun(NamedTuple):
    """A RUNNING run, locked. A tuple: hundreds are read at once, and a model instance costs ten times as much."""

    pk: uuid.UUID
    token: int | None
    terms: dict[str, Any] | None
    attempt_count: int
    max_attempts: int
    run_after: datetime | None
    alone: bool
    started_at: datetime | None
    claimed_at: datetime | None
    gate_key: str
    limit_key: str | None
    rate_key: str | None
    batch_id: uuid.UUID | None


def lock(runs: QuerySet[Run]) -> list[HeldRun]:
    """Lock these runs in the order of their ids: one order for everybody, so no deadlock."""
    rows = runs.select_for_update().order_by("pk").values_list(*HeldRun._fields)
    return [HeldRun(*row) for row in rows]
