"""The database's time without asking for it each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connections

from rota import clock

FRESH = 5.0
"""Seconds for which a reading is carried on by elapsed time: what clocks drift in them is no matter."""


class Timepiece:
    """Reads the database's clock now and then; safe to read from any thread, set from one."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._reading: tuple[datetime, float] | None = None

    def set(self) -> None:
        """Ask the database, unless that was done lately. On SQLite the host's clock is the database's."""
        if connections[self._using].vendor == "sqlite":
            return
        if self._reading is None or clock.elapsed() - self._reading[1] > FRESH:
            self._reading = clock.now(self._using), clock.elapsed()

    def now(self) -> datetime:
        """The database's time, aware, in UTC."""
        if self._reading is None:
            return clock.host_now()
        moment, at = self._reading
        return moment + timedelta(seconds=clock.elapsed() - at)
