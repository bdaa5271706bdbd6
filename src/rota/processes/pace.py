"""How much to claim at once: many only while everything is short."""

from __future__ import annotations

from collections import defaultdict, deque

SHORT = 0.005
"""Seconds: what takes less is worth claiming in batches."""
BRISK = 0.05
"""Seconds: behind what takes less a run may wait for its turn, as it would not be begun earlier elsewhere."""
MOST = 200
LATELY = 5
"""Durations remembered per task."""


class Pace:
    """Starts at one, doubles while every run of a full batch was short, falls back to one when one was not."""

    def __init__(self) -> None:
        self.size = 1
        self._ended = 0
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATELY))
        self._longest: dict[str, float] = {}

    def note(self, task_path: str, seconds: float) -> None:
        """A run has ended."""
        durations = self._durations[task_path]
        durations.append(seconds)
        self._longest[task_path] = max(durations)
        self._ended = 0 if seconds >= SHORT else self._ended + 1
        if seconds >= SHORT:
            self.size = 1
        elif self._ended >= self.size:
            self.size = min(MOST, self.size * 2)
            self._ended = 0

    def brisk(self, task_path: str) -> bool:
        """Whether the task is known to be over soon: its last runs all were."""
        return self._longest.get(task_path, BRISK) < BRISK
