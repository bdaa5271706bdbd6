"""What a wake-up says: who has reason to look at the ledger now. A hint may be lost, doubled or wrong; nothing rests
on it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

ANY = ""
"""In place of a queue's name: whichever it is."""
MANY = 50
LONGEST = 1000
"""Characters of all names together, each of which may be four bytes long."""
"""Queues that one hint names at most; more are called any."""


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """How many runs became claimable in which queues; whether schedules changed, or somebody is to be stopped."""

    queues: Mapping[str, int] = dataclasses.field(default_factory=dict)
    schedules: bool = False
    stops: bool = False
    vague: bool = False
    """Nobody said it: something may have happened. A reason to look once, not to wait for more."""

    def __bool__(self) -> bool:
        return bool(self.queues) or self.schedules or self.stops

    def encode(self) -> str:
        """As JSON, without the keys that say nothing; far below the 8,000 bytes that PostgreSQL takes."""
        names = sum(len(name) for name in self.queues)
        short = len(self.queues) <= MANY and names <= LONGEST
        queues = self.queues if short else {ANY: sum(self.queues.values())}
        said = {"queues": dict(queues), "schedules": self.schedules, "stops": self.stops}
        return json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False)


EVERYTHING = Hint({ANY: 1}, schedules=True, stops=True, vague=True)
"""Somebody may have said something that was not heard."""


def decode(text: str) -> Hint | None:
    """The hint in `text`, or None when it is none: everybody who may NOTIFY can send something here."""
    try:
        said = json.loads(text)
        queues = {str(name): max(0, int(runs)) for name, runs in said.get("queues", {}).items()}
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return Hint(queues, bool(said.get("schedules")), bool(said.get("stops"))) or None
