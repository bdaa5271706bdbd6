"""SQLite has nobody who carries a message: each supervisor has a port on loopback, and a file beside the database that
names it. Whoever wrote sends a datagram there."""

from __future__ import annotations

import contextlib
import glob
import secrets
import socket
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
TOKEN_BYTES = 16
LARGEST = 8192


class Doorbell:
    """A supervisor's own: a bound socket, and its file, which `close` removes."""

    def __init__(self, database: Path) -> None:
        remove_stale(database)
        self.socket = _bound(0)
        self.socket.setblocking(False)
        self._token = secrets.token_hex(TOKEN_BYTES)
        self._file = Path(f"{_stem(database)}{self.socket.getsockname()[1]}")
        self._file.write_text(self._token)

    def heard(self) -> list[str]:
        """What was said since the last time by those who can read the file."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                token, _, said = self.socket.recv(LARGEST).decode(errors="replace").partition(" ")
                if secrets.compare_digest(token.encode(), self._token.encode()):
                    found.append(said)
        return found

    def close(self) -> None:
        """Nobody listens here any more."""
        self._file.unlink(missing_ok=True)
        self.socket.close()


def ring(database: Path, said: str) -> None:
    """Tell every supervisor of this host that works on the database file. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for file in files(database):
            # Its supervisor may have gone, or be somebody whose files this process may not read.
            with contextlib.suppress(OSError):
                sender.sendto(f"{file.read_text()} {said}".encode(), (HOST, _port(file)))


def files(database: Path) -> list[Path]:
    """The doorbells beside this database."""
    found = database.parent.glob(f"{glob.escape(_stem(database).name)}*")
    return [file for file in found if _port(file)]


def remove_stale(database: Path) -> None:
    """Remove the doorbells that supervisors have left which were killed: nobody holds their port."""
    for file in files(database):
        with contextlib.suppress(OSError):
            _bound(_port(file)).close()
            file.unlink(missing_ok=True)


def file_of(settings: dict[str, Any]) -> Path | None:
    """The database's file by Django's settings, or None when it is in memory or named by a URI."""
    name = str(settings["NAME"])
    return None if ":memory:" in name or name.startswith("file:") else Path(name)


def _stem(database: Path) -> Path:
    return database.with_name(f"{database.name}-wake-")


def _port(file: Path) -> int:
    digits = file.name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() and len(digits) <= 5 and int(digits) < 65536 else 0


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound
