"""What ended runs leave to be looked at once their transaction is committed."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rota.ledger import batches, gates


@dataclasses.dataclass(frozen=True, slots=True)
class Afterwards:
    """Gates where the next run may pass now, and batches that may be complete."""

    keys: frozenset[str] = frozenset()
    batches: frozenset[uuid.UUID] = frozenset()

    @classmethod
    def of(cls, ended: Iterable[Any]) -> Afterwards:
        """What these runs (Run or HeldRun), which have ended, leave behind."""
        runs = list(ended)
        keys = {key for run in runs for key in (run.gate_key, run.limit_key) if key}
        return cls(frozenset(keys), frozenset(run.batch_id for run in runs if run.batch_id))

    def also(self, other: Afterwards) -> Afterwards:
        """Both."""
        names = [field.name for field in dataclasses.fields(self)]
        return Afterwards(**{name: getattr(self, name) | getattr(other, name) for name in names})

    def look(self, *, using: str, now: datetime) -> None:
        """Look at them, in transactions of their own. What a crash leaves undone here, the sweep does."""
        gates.admit(self.keys, using=using, now=now)
        batches.complete(self.batches, using=using, now=now)
