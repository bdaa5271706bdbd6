"""What wakes a loop that sleeps: may be rung from any thread and from a signal handler."""

from __future__ import annotations

import contextlib
import select
import socket


class Bell:
    """`readable` is for loops that wait for several things at once."""

    def __init__(self) -> None:
        self.readable, self._rope = socket.socketpair()
        self.readable.setblocking(False)
        self._rope.setblocking(False)

    def __del__(self) -> None:
        # Who rings and who waits end at different times; the last of them takes the sockets along.
        self.readable.close()
        self._rope.close()

    def ring(self) -> None:
        """Wake who waits, or who is about to. A bell that is full has been rung."""
        with contextlib.suppress(BlockingIOError):
            self._rope.send(b"!")

    def wait(self, seconds: float) -> None:
        """Sleep until somebody rings, at most so long."""
        select.select([self.readable], [], [], seconds)
        self.drain()

    def drain(self) -> None:
        """Forget that it was rung."""
        with contextlib.suppress(BlockingIOError):
            while self.readable.recv(4096):
                pass
