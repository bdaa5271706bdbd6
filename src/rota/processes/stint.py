"""How long a worker process works before it makes room for a new one."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

SPREAD = 0.1
"""Processes that started together must not all go together."""


class Stint:
    """Counts runs, from any thread. `reason` says in words why it is over, and is empty until then."""

    def __init__(self, max_tasks: int | None, roll: Callable[[], float] = random.random) -> None:
        self._lock = threading.Lock()
        self._limit = None if max_tasks is None else round(max_tasks * (1 + SPREAD * (2 * roll() - 1)))
        self._ended = 0
        self._asked = ""

    def ended_one(self) -> None:
        """A run has ended."""
        with self._lock:
            self._ended += 1

    def ask(self, reason: str) -> None:
        """End it after the next run; a process that has done nothing yet has no reason to."""
        self._asked = self._asked or reason

    @property
    def reason(self) -> str:
        """Why there should be no further run."""
        with self._lock:
            if self._limit is not None and self._ended >= self._limit:
                return f"it has performed {self._ended} run(s)"
            return self._asked if self._ended else ""
