"""What tasks leave behind for the measuring process: a count and two instants per process, in shared memory.

A mark costs about a microsecond and is the same for every system. Instants are readings of the monotonic clock,
which all processes of a machine share.
"""

from __future__ import annotations

import dataclasses
import mmap
import os
import struct
import threading
import time
from pathlib import Path

FORM = struct.Struct("=qdd")
NOTES = "notes"


@dataclasses.dataclass(frozen=True)
class Seen:
    """How many tasks ran, when the first began to and the last had; seconds of the monotonic clock."""

    count: int
    first: float
    last: float


class _Mark:
    """One process's share. Threads of the process take turns; nobody else writes here."""

    def __init__(self, folder: Path) -> None:
        path = folder / f"{os.getpid()}.mark"
        with path.open("w+b") as file:
            file.truncate(FORM.size)
            self._memory = mmap.mmap(file.fileno(), FORM.size)
        self._turn = threading.Lock()
        self._count = 0
        self._first = 0.0

    def ran(self) -> None:
        now = time.monotonic()
        with self._turn:
            self._count += 1
            self._first = self._first or now
            FORM.pack_into(self._memory, 0, self._count, self._first, now)


_own: _Mark | None = None
_opening = threading.Lock()


def ran() -> None:
    """A task of this process has run."""
    if _own is None:
        _open()
    assert _own is not None
    _own.ran()


def note(value: float) -> None:
    """Write a figure down; a short line that is appended reaches the file whole."""
    where = os.open(_folder() / NOTES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(where, f"{value!r}\n".encode())
    finally:
        os.close(where)


def seen(folder: Path | None = None) -> Seen:
    """What all processes have marked so far."""
    read = [FORM.unpack(path.read_bytes()) for path in (folder or _folder()).glob("*.mark") if _full(path)]
    shares = [share for share in read if share[0]]
    if not shares:
        return Seen(0, 0.0, 0.0)
    return Seen(sum(s[0] for s in shares), min(s[1] for s in shares), max(s[2] for s in shares))


def noted(folder: Path | None = None) -> list[float]:
    """The figures that tasks have noted, in the order in which they did."""
    path = (folder or _folder()) / NOTES
    return [float(line) for line in path.read_text().split()] if path.exists() else []


def forget() -> None:
    """Begin anew. Only while no worker is running."""
    for path in _folder().iterdir():
        path.unlink()


def _full(path: Path) -> bool:
    return path.stat().st_size == FORM.size


def _folder() -> Path:
    return Path(os.environ["BENCH_MARKS"])


def _open() -> None:
    global _own
    with _opening:
        if _own is None:
            _own = _Mark(_folder())


def _forked() -> None:
    # A forked worker must not write into its parent's share.
    global _own
    _own = None


os.register_at_fork(after_in_child=_forked)
