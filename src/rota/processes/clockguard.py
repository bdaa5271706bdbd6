"""Whether the database's clock can be believed: planning by a wrong one would miss or invent runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connections

from rota import clock

MAX_APART = timedelta(seconds=60)
"""How far host and database may be apart."""


@dataclasses.dataclass(frozen=True, slots=True)
class Jump:
    """The clock says `at` where elapsed time says `expected_at`."""

    at: datetime
    expected_at: datetime
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The database's time, asked for between two moments of elapsed time, and the host's time at the end."""

    database: datetime
    host: datetime
    before: float
    after: float


def read(using: str) -> Reading:
    """Ask the database for its time."""
    before = clock.elapsed()
    return Reading(clock.now(using), clock.host_now(), before, clock.elapsed())


class ClockGuard:
    """Compares each reading with the one before it, and with the host.

    `accepted` is how far apart from the host a person has accepted the database to be.
    """

    def __init__(self, using: str, max_step: timedelta, accepted: timedelta = timedelta(0)) -> None:
        self._using, self._max_step, self._accepted = using, max_step, accepted
        self._last: Reading | None = None

    def look(self, reader: Callable[[str], Reading] = read) -> tuple[datetime, Jump | None]:
        """The database's time now, and the jump it made, if any."""
        reading = reader(self._using)
        jump = self._stepped(reading) or self._apart(reading)
        self._last = reading
        return reading.database, jump

    def accept(self, reading: Reading) -> None:
        """From now on the time is right as it is."""
        self._last = reading
        self._accepted = reading.database - reading.host

    def _stepped(self, reading: Reading) -> Jump | None:
        if self._last is None:
            return None
        # The answer was formed somewhere between question and arrival, so a slow database looks like no step.
        least = self._last.database + timedelta(seconds=reading.before - self._last.after) - self._max_step
        most = self._last.database + timedelta(seconds=reading.after - self._last.before) + self._max_step
        if least <= reading.database <= most:
            return None
        expected = self._last.database + timedelta(seconds=reading.after - self._last.after)
        seconds = (reading.database - expected).total_seconds()
        return Jump(
            reading.database,
            expected,
            f"The database's clock moved by {seconds:+.0f} s against elapsed time.",
        )

    def _apart(self, reading: Reading) -> Jump | None:
        if connections[self._using].vendor == "sqlite":
            return None
        apart = reading.database - reading.host
        slack = MAX_APART + timedelta(seconds=reading.after - reading.before)
        if abs(apart) <= slack or abs(apart - self._accepted) <= slack:
            return None
        seconds = apart.total_seconds()
        return Jump(
            reading.database, reading.host, f"Database and host disagree by {seconds:+.0f} s about the time."
        )
