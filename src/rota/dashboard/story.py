"""What the last outage did, as values for the template."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from rota.dashboard import moments
from rota.dashboard.moments import Moment
from rota.queries.outage import Line, Outage
from rota.queries.words import duration

KINDS = ("recovered", "superseded", "skipped", "missed", "held")
TOLD_FOR = timedelta(days=2)
"""After that the outage is history and no longer stands on top of the page."""


@dataclasses.dataclass(frozen=True)
class Told:
    """One schedule's line: what became of its instants, and why those that did not run did not."""

    title: str
    key: str
    counts: list[tuple[str, int]]
    reasons: list[str]


@dataclasses.dataclass(frozen=True)
class Story:
    """The outage from when to when, how long, and what became of how many instants."""

    start: Moment | None
    end: Moment | None
    lasted: str
    instants: int
    counts: list[tuple[str, int]]
    lines: list[Told]


def told(outage: Outage | None, now: datetime) -> Story | None:
    """The story of the outage, as long as it is news."""
    if outage is None or not is_news(outage.down_until, now):
        return None
    return Story(
        start=moments.exact(outage.down_from, now),
        end=moments.exact(outage.down_until, now),
        lasted=duration((outage.down_until - outage.down_from).total_seconds()),
        instants=outage.total("instants"),
        counts=[(kind, outage.total(kind)) for kind in KINDS if outage.total(kind)],
        lines=[_told(line) for line in outage.lines],
    )


def is_news(ended: datetime, now: datetime) -> bool:
    """Whether an outage that ended then is still told."""
    return now - ended <= TOLD_FOR


def _told(line: Line) -> Told:
    counts = [(kind, getattr(line, kind)) for kind in KINDS if getattr(line, kind)]
    reasons = [f"{count:,}: {sentence}" if count > 1 else sentence for count, sentence in line.reasons]
    return Told(line.title or line.key, line.key, counts, reasons)
