"""Which run is being performed here and now."""

from __future__ import annotations

import dataclasses
import uuid
from contextvars import ContextVar
from datetime import datetime


@dataclasses.dataclass(frozen=True, slots=True)
class CurrentRun:
    """The run whose task is asking. Times are aware, in UTC.

    `due_at` is what the calendar promised, None when nobody promised; `nominal_at` is the instant a backfill works
    for; `recovered` says that it was due in an outage and is made up for now.
    """

    id: uuid.UUID
    task_path: str
    attempt: int
    max_attempts: int
    due_at: datetime | None
    nominal_at: datetime | None
    recovered: bool
    origin: str
    token: int
    """The fence: the ledger holds it as long as this attempt holds the run."""
    batch_id: uuid.UUID | None = None

    @property
    def for_instant(self) -> datetime | None:
        """The instant this run works for: `nominal_at`, or else `due_at`."""
        return self.nominal_at or self.due_at


_CURRENT: ContextVar[CurrentRun | None] = ContextVar("rota_current_run", default=None)


def current_run() -> CurrentRun | None:
    """The run being performed, or None outside of one. Works in sync and async tasks."""
    return _CURRENT.get()


class being:  # noqa: N801 - used as `with being(run)`
    """Let `run` be the current one inside the block."""

    __slots__ = ("_run", "_token")

    def __init__(self, run: CurrentRun) -> None:
        self._run = run

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._run)

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)
