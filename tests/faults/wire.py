"""A wire between rota and a database server that can be cut: a small TCP proxy in threads of its own."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

from django.db import connection

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: close without the usual farewell."""


class Wire:
    """Passes everything on until it is cut. The server does not see the cut: what it was told, it does."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []
        self.closed = False
        self.opened = 0
        """Connections so far."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where to connect to."""
        return int(self._listening.getsockname()[1])

    def cut(self, *, for_good: bool = False) -> None:
        """Every client finds its connection broken; with `for_good` none gets a new one until `mend`."""
        with self._lock:
            self.closed = for_good
            for client in self._clients:
                _hang_up(client)
            self._clients.clear()

    def mend(self) -> None:
        """New connections are passed on again."""
        self.closed = False

    def end(self) -> None:
        """Close everything."""
        self._listening.close()
        self.cut(for_good=True)
        for server in self._servers:
            _hang_up(server)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.closed:
                _hang_up(client)
                continue
            server = socket.create_connection(self._server)
            with self._lock:
                self._clients.append(client)
                self._servers.append(server)
                self.opened += 1
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def wire_to_the_server() -> Iterator[Wire]:
    """A wire to the server of the test database."""
    settings = connection.settings_dict
    wire = Wire(settings["HOST"] or "127.0.0.1", int(settings["PORT"] or 5432))
    try:
        yield wire
    finally:
        wire.end()
