"""How much to claim at once: many only while everything is short."""

from __future__ import annotations

from collections import defaultdict, deque

SHORT = 0.005
"""Seconds: what takes less is worth claiming in batches."""
MOST = 200
LATELY = 5
"""Durations remembered per task."""


class Pace:
    """Starts at one, doubles while every run of a full batch was short, falls back to one when one was not."""

    def __init__(self) -> None:
        self.size = 1
        self._ended = 0
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATELY))

    def note(self, task_path: str, seconds: float) -> None:
        """A run has ended."""
        self._durations[task_path].append(seconds)
        self._ended = 0 if seconds >= SHORT else self._ended + 1
        if seconds >= SHORT:
            self.size = 1
        elif self._ended >= self.size:
            self.size = min(MOST, self.size * 2)
            self._ended = 0

    def short(self, task_path: str) -> bool:
        """Whether the task is known to be short: its last runs all were."""
        known = self._durations.get(task_path)
        return bool(known) and max(known or (1.0,)) < SHORT
