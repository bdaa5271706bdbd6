"""Signals only set flags; what waits is woken and looks at them."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any

_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGBREAK") if hasattr(signal, name)]


class Signals:
    """As a context in the main thread: counts requests to stop; `readable` becomes readable with each."""

    def __init__(self) -> None:
        self.count = 0
        self.readable, self._written = socket.socketpair()
        self._before: dict[int, Any] = {}
        self._wakeup = -1

    @property
    def stop(self) -> bool:
        """Whether somebody asked to stop."""
        return self.count > 0

    def wait(self, seconds: float) -> None:
        """Sleep, at most until the next signal."""
        select.select([self.readable], [], [], seconds)
        self.drain()

    def drain(self) -> None:
        """Forget the wake-ups, not the count."""
        try:
            while self.readable.recv(4096):
                pass
        except BlockingIOError:
            return

    def __enter__(self) -> Signals:
        self.readable.setblocking(False)
        self._written.setblocking(False)
        self._before = {number: signal.signal(number, self._note) for number in _ENDING}
        self._wakeup = signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.readable.close()
        self._written.close()

    def _note(self, _: int, __: FrameType | None) -> None:
        self.count += 1
