"""Where hints come from: one source per kind of database."""

from __future__ import annotations

import socket
from typing import Protocol

from rota.ledger.hints import Hint

LISTEN, DATAGRAM, POLL = "listen", "datagram", "poll"
"""How a supervisor hears of news, as its Process row says it."""


class Source(Protocol):
    """Used by one thread alone."""

    name: str
    proven: bool
    """Whether what is sent is known to arrive, so that children may sleep longer."""

    def hear(self, seconds: float, until: socket.socket) -> list[Hint]:
        """Wait for hints, at most so long or until `until` is readable. Raises the database's errors."""

    def close(self) -> None:
        """End; `hear` may be called again afterwards and begins anew."""
