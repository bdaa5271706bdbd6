"""The versions of a schedule as spans of time: what said what was due, and when."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from rota import timing
from rota.models import Version
from rota.policies import Definition

FOREVER = datetime.max.replace(tzinfo=UTC)
PAUSED_ROUND = timedelta(seconds=60)
"""How often the row of a paused span is carried on: not at each instant of a one-second calendar."""


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """One version over (start, end]."""

    number: int
    start: datetime
    end: datetime
    paused: bool
    definition: Definition
    note: str = ""

    @property
    def calendar(self) -> timing.Calendar:
        """Parsed once per text. Raises timing.CalendarError when the stored text is broken."""
        return _parsed(self.definition.calendar)

    def instants(self) -> Iterator[datetime]:
        """The instants due in the span, oldest first."""
        return self.calendar.between(self.start, self.end)

    def latest(self) -> datetime | None:
        """The last instant due in the span."""
        found = self.calendar.previous(self.end + timedelta(microseconds=1))
        return found if found is not None and found > self.start else None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> timing.Calendar:
    return timing.parse(text)


def spans(versions: Iterable[Version], after: datetime, until: datetime) -> list[Span]:
    """The parts of these versions that lie in (after, until], in order."""
    found = [
        _span(version, after, until) for version in sorted(versions, key=lambda v: (v.valid_from, v.number))
    ]
    return [span for span in found if span.start < span.end]


def _span(version: Version, after: datetime, until: datetime) -> Span:
    end = until if version.valid_to is None else min(until, version.valid_to)
    definition = Definition.from_json(version.definition)
    return Span(version.number, max(after, version.valid_from), end, version.paused, definition, version.note)


def next_due(versions: Iterable[Version], after: datetime) -> datetime | None:
    """When the planner must look again, having planned up to `after`: early at worst, never late. None: never."""
    for span in spans(versions, after, FOREVER):
        found = span.calendar.next(span.start)
        if found is not None and found <= span.end:
            return max(found, min(after + PAUSED_ROUND, span.end)) if span.paused else found
    return None
