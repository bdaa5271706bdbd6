"""What an attempt has to show while it runs: its log, and how far it says it is. Kept in memory, and nowhere else.

Whoever stores it asks `open_attempts` now and then; telling costs the task nothing but memory.
"""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from typing import Any, TypeAlias

from rota import clock
from rota.execution.context import current_run
from rota.execution.texts import Captured
from rota.ledger import safe

LONGEST_TEXT = 200
LARGEST = 2**53
"""Beyond it numbers are no longer exact in every reader of JSON."""

Told: TypeAlias = "tuple[float, float | None, str]"
"""Done, of how many, and a text: replaced as a whole, so that a reader never sees half of it."""


class Showing(Captured):
    """The log of one attempt, and what it told last. Written by the task, read by others."""

    __slots__ = ("began", "number", "run_id", "token", "told")

    def __init__(self) -> None:
        super().__init__()
        run = current_run()
        self.run_id: uuid.UUID | None = run.id if run else None
        self.number, self.token = (run.attempt, run.token) if run else (0, 0)
        self.began = clock.elapsed()
        self.told: Told | None = None

    def progress(self) -> dict[str, Any] | None:
        """What was told last, as JSON that every database takes; None when nothing was told."""
        if self.told is None:
            return None
        done, total, text = self.told
        total = None if total is None else _bounded(total)
        return {"done": _bounded(done), "total": total, "text": safe.text(text, LONGEST_TEXT)}


class shown:  # noqa: N801 - used as `with shown() as showing`
    """What is logged, printed and told inside the block is kept; those who ask see the attempt of the current run."""

    __slots__ = ("_showing", "_token")

    def __enter__(self) -> Showing:
        self._showing = showing = Showing()
        if showing.run_id is not None:
            _OPEN[showing.run_id] = showing
        self._token = SHOWING.set(showing)
        return showing

    def __exit__(self, *_: object) -> None:
        SHOWING.reset(self._token)
        if self._showing.run_id is not None:
            _OPEN.pop(self._showing.run_id, None)


def open_attempts() -> list[Showing]:
    """The attempts that run in this process now."""
    return list(_OPEN.values())


def _bounded(number: float) -> float:
    return max(-LARGEST, min(LARGEST, number))


SHOWING: ContextVar[Showing | None] = ContextVar("rota_showing", default=None)
_OPEN: dict[uuid.UUID, Showing] = {}
