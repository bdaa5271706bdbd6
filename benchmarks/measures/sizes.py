"""How much of everything a run measures; `--quick` is enough to see that all of it works."""

from __future__ import annotations

import dataclasses
import json


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the command line may change. Times are seconds."""

    tasks: int = 10_000
    limit: float = 60.0
    """When a backlog takes longer than this, the rate until then counts."""
    singles: int = 500
    """Enqueues one by one."""
    warm: int = 10
    """Tasks before the first whose latency counts."""
    samples: int = 100
    """Tasks whose latency is taken, one at a time."""
    pause: float = 0.4
    """The longest pause between two of them."""
    schedules: int = 10_000
    period: int = 60
    """Seconds between the instants at which all of them are due."""
    instants: int = 60
    """Seconds for which a one-second schedule is watched."""
    idle: float = 60.0
    """How long nothing is done."""
    backlog: int = 100_000
    """Waiting runs beside which Run Now is pressed."""
    presses: int = 200
    history: int = 0
    """Finished runs in the table."""
    repeats: int = 3
    """How often a measure with rounds of its own repeats."""
    analyze: bool = True
    """Whether PostgreSQL gets statistics of the backlog before the workers start, as autovacuum would make them."""

    def to_text(self) -> str:
        """For the measuring process."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Sizes:
        """What `to_text` wrote."""
        return cls(**json.loads(text))


QUICK = Sizes(
    tasks=100, limit=3, singles=50, warm=2, samples=5, pause=0.1, schedules=100, period=5, instants=3, idle=2,
    backlog=1_000, presses=20, repeats=1,
)  # fmt: skip
