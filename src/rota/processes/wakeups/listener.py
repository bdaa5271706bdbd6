"""The supervisor's thread that hears hints. It reconnects by itself; while it cannot hear, children ask as before."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import deque

from django.db import connections

from rota import clock
from rota.ledger import doorbells
from rota.ledger.hints import Hint
from rota.ledger.wake import APART
from rota.processes.bell import Bell
from rota.processes.outage import Outage
from rota.processes.wakeups.postgres import Listen
from rota.processes.wakeups.source import POLL, Source
from rota.processes.wakeups.sqlite import Datagrams

log = logging.getLogger("rota")

ECHO_AFTER = APART + 0.005
"""Seconds after a hint in which its sender has held others back: then children look once more."""
LONGEST = 60.0


class Listener:
    """`readable` becomes readable when there is something to `hear`. `proven`: what is sent is known to arrive."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._news, self._end = Bell(), Bell()
        self._stop = threading.Event()
        self._heard: deque[Hint] = deque()
        self._echoes: deque[tuple[float, Hint]] = deque()
        self._source: Source | None = None
        self.proven = False
        self.readable = self._news.readable
        self._thread = threading.Thread(target=self._run, name="rota-wakeups", daemon=True)

    @property
    def how(self) -> str:
        """listen, datagram or poll"""
        return self._source.name if self._source is not None and self.proven else POLL

    def start(self) -> None:
        """Begin to listen, if the database has something to listen to."""
        self._thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._stop.set()
        self._end.ring()
        self._thread.join(timeout=10)

    def hear(self) -> list[Hint]:
        """The hints since the last time."""
        self._news.drain()
        found = []
        while self._heard:
            found.append(self._heard.popleft())
        return found

    def _run(self) -> None:
        outage = Outage("wake-ups", self._using)
        try:
            while not self._stop.is_set():
                sleep = outage.guard(self._step)
                if outage.on:
                    self._close()
                    self._end.wait(sleep)
                elif self._source is None:
                    break
        except Exception:
            log.exception("Wake-ups are not heard any more; new runs are found by asking for them.")
        finally:
            self._close()

    def _step(self) -> float:
        source = self._source = self._source or source_for(self._using)
        if source is None:
            return 0.0
        due = self._echoes[0][0] - clock.elapsed() if self._echoes else LONGEST
        hints = source.hear(max(0.0, due), self._end.readable)
        self._deliver(hints)
        if source.proven != self.proven:
            self.proven = source.proven
            self._news.ring()
        return 0.0

    def _deliver(self, hints: list[Hint]) -> None:
        now = clock.elapsed()
        while self._echoes and self._echoes[0][0] <= now:
            self._heard.append(self._echoes.popleft()[1])
        self._echoes += [
            (now + ECHO_AFTER, dataclasses.replace(hint, vague=True)) for hint in hints if not hint.vague
        ]
        self._heard += hints
        if self._heard:
            self._news.ring()

    def _close(self) -> None:
        if self._source is not None:
            self._source.close()
        if self.proven:
            self.proven = False
            self._news.ring()


def source_for(using: str) -> Source | None:
    """Where hints on this database come from; None: there is nothing but asking. Raises the database's errors."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        # psycopg2 cannot be waited on beside other things without a loop of its own.
        return Listen(using) if hasattr(connection.connection, "pgconn") else None
    if connection.vendor == "sqlite" and (file := doorbells.file_of(connection.settings_dict)):
        return Datagrams(using, file)
    return None
