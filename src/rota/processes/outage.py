"""A loop that talks to the database lives on while the database is away."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from django.db import Error, connections

from rota import clock
from rota.ledger.connections import transient

log = logging.getLogger("rota")

FIRST, LONGEST = 0.05, 5.0
"""Seconds between two tries: they double from the first to the longest."""
NEWS_AFTER = 1.0


class Outage:
    """Guards the steps of one loop: says once that the database is gone, and once that it is back."""

    def __init__(self, who: str, using: str, longest: float = LONGEST) -> None:
        """`longest`: the most seconds between two tries."""
        self._who, self._using, self._longest = who, using, longest
        self._failures = 0
        self._since = 0.0
        self._told = False

    def guard(self, step: Callable[[], float]) -> float:
        """Do one step; returns the seconds to sleep, which grow while the database refuses."""
        try:
            sleep = step()
        except Error as error:
            return self._failed(error)
        self._worked()
        return sleep

    @property
    def on(self) -> bool:
        """Whether the last step failed."""
        return self._failures > 0

    def _failed(self, error: Error) -> float:
        if not self._failures:
            self._since = clock.elapsed()
        self._failures += 1
        # A deadlock, a lock or one lost connection is no news: the next tries tell.
        lasting = clock.elapsed() - self._since >= NEWS_AFTER
        if not self._told and (lasting or not transient(error)):
            log.error("%s: the database does not answer, trying on: %s", self._who, error)
            self._told = True
        self._drop()
        return min(self._longest, FIRST * 2.0 ** min(self._failures, 10)) * random.uniform(0.5, 1)  # noqa: S311

    def _worked(self) -> None:
        if self._told:
            log.warning("%s: the database is back after %.0f s.", self._who, clock.elapsed() - self._since)
        self._failures, self._told = 0, False

    def _drop(self) -> None:
        try:
            connections[self._using].close()
        except Error as error:
            log.debug("%s: closing the broken connection: %s", self._who, error)
