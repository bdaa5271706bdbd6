"""A wire between rota and a database server that can be cut: a small TCP proxy in threads of its own."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Iterator

from django.db import connection

from tests.databases import url_for

_SO_ATTACH_FILTER = 26
"""Linux: a program that says how much of each packet the socket gets."""
_NOTHING = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0))
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

    def vanish(self) -> None:
        """Both sides find that nobody is there any more: no farewell, and no answer to a packet, not even the kernel's.
        New connections are passed on."""
        with self._lock:
            for one in (*self._clients, *self._servers):
                _deafen(one)

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


def _deafen(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(_NOTHING)))


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def wire_to_the_server() -> Iterator[Wire]:
    """A wire to the server of the test database."""
    settings = connection.settings_dict
    usual = 3306 if connection.vendor == "mysql" else 5432
    wire = Wire(settings["HOST"] or "127.0.0.1", int(settings["PORT"] or usual))
    try:
        yield wire
    finally:
        wire.end()


def through(wire: Wire) -> dict[str, str]:
    """The environment of a process that reaches the database over this wire alone."""
    settings = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": str(wire.port)}
    return {"ROTA_TEST_DATABASE": url_for(settings, str(settings["NAME"]))}
