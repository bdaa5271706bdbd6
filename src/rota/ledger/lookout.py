"""What one claimer remembers of the heads, for a moment: between two looks it claims where it knows that runs stand.

A full look costs a scan per line, and where an old snapshot keeps the database from forgetting claimed runs, the scan
passes all of them. In between, a claim starts from the oldest run that was seen, as a low-water mark.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from rota import clock
from rota.ledger.heads import Head, look

LOOK_AGAIN = 0.5
"""Seconds after which a better line, or an older run that was committed late, is seen."""
OLDEST_FIRST = 8
"""Each so many looks the oldest run goes before the most important one, if it has waited for LONG."""
LONG = timedelta(seconds=30)


class Lookout:
    """`ready` are the lines to claim from, best first: by priority, then by age; nothing starves."""

    def __init__(self, queues: Sequence[str], *, using: str) -> None:
        self._queues, self._using = queues, using
        self._looked = float("-inf")
        self._looks = 0
        self.remembered = False
        """Whether the last look was not into the database: somebody else may have been faster since."""
        self.ready: list[Head] = []
        self.wait: float | None = None
        """Seconds from the last look to the next run that is ready then; None when none is known."""

    def look(self, *, again: bool = False) -> list[Head]:
        """The lines where something is ready; looks anew when the last look is old or found nothing any more."""
        stale = clock.elapsed() - self._looked >= LOOK_AGAIN
        self.remembered = not (again or stale or not self.ready)
        if not self.remembered:
            found, now = look(self._queues, using=self._using)
            self._looked = clock.elapsed()
            self._looks += 1
            self.ready = self._in_turn([head for head in found if head.ready_at <= now], now)
            waits = [(head.ready_at - now).total_seconds() for head in found if head.ready_at > now]
            self.wait = min(waits) if waits else None
        return list(self.ready)

    def took(self, head: Head, seen: datetime | None, *, all_wanted: bool) -> None:
        """Runs were claimed from this line, the oldest of them not ready before `seen`; or it gave less than wanted."""
        at = self.ready.index(head)
        if not all_wanted or seen is None:
            del self.ready[at]
        else:
            self.ready[at] = dataclasses.replace(head, ready_at=max(head.ready_at, seen))

    def _in_turn(self, ready: list[Head], now: datetime) -> list[Head]:
        oldest = min(ready, key=lambda head: head.ready_at, default=None)
        if oldest is None or self._looks % OLDEST_FIRST or now - oldest.ready_at < LONG:
            return ready
        return [oldest, *(head for head in ready if head != oldest)]
