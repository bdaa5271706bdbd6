"""What a person gets in hand for a run that was asked for."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Receipt:
    """`run_id` is None for a dry run, which queued nothing. `queued_at` is aware, in UTC.

    `replayed`: the idempotency key was used before, and this is the run it made then.
    `state` is READY, or what the gate said at once: SKIPPED with the reason overlap, in words in `detail`.
    """

    run_id: uuid.UUID | None
    key: str
    """The schedule's key; empty for a task without one."""
    title: str
    task_path: str
    queue_name: str
    queued_at: datetime
    requested_by: str
    args: list[Any]
    kwargs: dict[str, Any]
    state: str
    reason: str = ""
    detail: str = ""
    replayed: bool = False
    dry_run: bool = False
    next_run: datetime | None = None
    """When the schedule is next due, which this run does not change."""

    @property
    def queued(self) -> bool:
        """Whether the run will be performed."""
        return self.run_id is not None and self.state != "SKIPPED"
