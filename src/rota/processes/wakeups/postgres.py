"""LISTEN on a connection of its own, which is believed only while what others send is seen to arrive.

A pooler in transaction mode takes LISTEN and forgets it; so does a proxy that lost its server. Therefore a message is
sent through a second connection at the start, and again when nothing has been heard for a minute.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import uuid
from collections import deque
from typing import Any

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from rota import clock
from rota.ledger.hints import EVERYTHING, Hint, decode
from rota.ledger.wake import CHANNEL
from rota.processes.wakeups.source import LISTEN

log = logging.getLogger("rota")

TEST_EVERY = 60.0
ANSWER_WITHIN = 2.0


class Listen:
    """The connection is the thread's own one of the alias `using`; psycopg 3 alone can wait for notifications."""

    name = LISTEN

    def __init__(self, using: str) -> None:
        self._using = using
        self._driver: Any = None
        self._arrived: deque[str] = deque()
        self._test = ""
        self._tested_at = self._heard_at = 0.0
        self._told = False
        self.proven = False

    def hear(self, seconds: float, until: socket.socket) -> list[Hint]:
        """See Source. The first hint after each connecting is that anything may have happened."""
        begun = [] if self._driver else self._begin()
        with connections[self._using].wrap_database_errors:
            if not begun and not self._arrived:
                select.select([self._driver.pgconn.socket, until], [], [], min(seconds, self._until_test()))
            self._collect()
        self._judge()
        return begun + self._hints()

    def close(self) -> None:
        """See Source."""
        self._driver, self.proven, self._test = None, False, ""
        self._arrived.clear()
        with contextlib.suppress(Error):
            connections[self._using].close()

    def _begin(self) -> list[Hint]:
        connection = connections[self._using]
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._driver = connection.connection
        # What comes in while a statement runs is given to handlers alone.
        self._driver.add_notify_handler(lambda notify: self._arrived.append(notify.payload))
        self._send_test()
        return [EVERYTHING]

    def _collect(self) -> None:
        server = self._driver.pgconn
        server.consume_input()
        while (notify := server.notifies()) is not None:
            self._arrived.append(notify.extra.decode(errors="replace"))

    def _hints(self) -> list[Hint]:
        found = []
        while self._arrived:
            said = self._arrived.popleft()
            if self._test and said == self._test:
                self._passed()
            elif (hint := decode(said)) is not None:
                found.append(hint)
            self._heard_at = clock.elapsed()
        return found

    def _send_test(self) -> None:
        """Through another connection: a pooler would hand a message to oneself over with the answer."""
        self._test, self._tested_at = f"test {uuid.uuid4()}", clock.elapsed()
        other: BaseDatabaseWrapper = connections.create_connection(self._using)
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, self._test])
        finally:
            other.close()

    def _judge(self) -> None:
        now = clock.elapsed()
        if self._test and self._test not in self._arrived and now - self._tested_at > ANSWER_WITHIN:
            self._failed()
        elif not self._test and now - max(self._tested_at, self._heard_at) > TEST_EVERY:
            self._send_test()

    def _until_test(self) -> float:
        since, patience = (self._tested_at, ANSWER_WITHIN) if self._test else (
            max(self._tested_at, self._heard_at), TEST_EVERY,
        )  # fmt: skip
        return max(0.01, since + patience - clock.elapsed())

    def _passed(self) -> None:
        if self._told:
            log.warning("Wake-ups arrive again.")
        self._test, self._told, self.proven = "", False, True

    def _failed(self) -> None:
        if not self._told:
            log.warning(
                "What is sent with NOTIFY does not arrive here, as behind a pooler in transaction mode: "
                "new runs are found by asking for them instead, which takes up to half a second."
            )
        self._test, self._told, self.proven = "", True, False
        # LISTEN may have ended up in somebody else's session.
        with connections[self._using].cursor() as cursor:
            cursor.execute("UNLISTEN *")
            cursor.execute(f"LISTEN {CHANNEL}")
