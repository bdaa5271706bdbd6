"""A datagram says what happened; a counter of the database file says that something did, to whom no datagram came."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
from pathlib import Path

from django.db import Error, connections

from rota.ledger import doorbells
from rota.ledger.hints import EVERYTHING, Hint, decode
from rota.processes.wakeups.source import DATAGRAM

log = logging.getLogger("rota")

LOOK_EVERY = 0.25
"""Seconds between two looks at the counter."""


class Datagrams:
    """Beside the file `database`; without a doorbell (a folder that may not be written) the counter remains."""

    name = DATAGRAM

    def __init__(self, using: str, database: Path) -> None:
        self._using, self._database = using, database
        self._bell: doorbells.Doorbell | None = None
        self._began = False
        self._version = 0
        self.proven = False

    def hear(self, seconds: float, until: socket.socket) -> list[Hint]:
        """See Source."""
        if not self._began:
            self._begin()
        waited_for = [until, *([self._bell.socket] if self._bell else [])]
        select.select(waited_for, [], [], min(seconds, LOOK_EVERY))
        said = self._bell.heard() if self._bell else []
        hints = [hint for hint in map(decode, said) if hint is not None]
        return hints or ([EVERYTHING] if self._changed() else [])

    def close(self) -> None:
        """See Source."""
        self._began = self.proven = False
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        with contextlib.suppress(Error):
            connections[self._using].close()

    def _begin(self) -> None:
        try:
            self._bell = doorbells.Doorbell(self._database)
        except OSError as error:
            log.warning(
                "Wake-ups take up to a quarter of a second, as no file could be put beside the database: %s",
                error,
            )
        self._changed()
        self._began = self.proven = True

    def _changed(self) -> bool:
        """Whether another connection has written since the last look."""
        with connections[self._using].cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            before, self._version = self._version, cursor.fetchone()[0]
        return before != self._version
