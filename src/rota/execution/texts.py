"""Texts of any length, kept within bounds: the beginning and the end are what people read."""

from __future__ import annotations

import threading
from collections import deque

from rota.queries.logs import HEAD, left_out

TAIL = 48 * 1024
"""Characters kept from the end."""


class Captured:
    """Takes text from any thread for as long as it comes; never holds more than about HEAD + TAIL characters."""

    __slots__ = ("_ended", "_head", "_head_size", "_left_out", "_lock", "_tail", "_tail_size", "size")

    def __init__(self) -> None:
        # It is taken twice by one thread when what is thrown away while it writes (`__del__`) logs something itself.
        self._lock = threading.RLock()
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._left_out = 0
        self._ended = True
        self.size = 0
        """Characters written so far, kept or not: what tells a reader that there is something new."""

    def write(self, text: str) -> None:
        """Add `text` at the end."""
        if text:
            with self._lock:
                self._write(text)

    def line(self, text: str) -> None:
        """Add `text` as lines of their own, whatever was written before."""
        with self._lock:
            self._write(f"{text}\n" if self._ended else f"\n{text}\n")

    def text(self) -> str:
        """What was written; where the middle is missing, a line says how much."""
        if not self.size:
            return ""
        with self._lock:
            return "".join(self._head) + left_out(self._left_out) + "".join(self._tail)

    def _write(self, text: str) -> None:
        self.size += len(text)
        self._ended = text[-1] == "\n"
        room = HEAD - self._head_size
        if room > 0:
            self._head.append(text[:room])
            self._head_size += len(text[:room])
            text = text[room:]
        if text:
            self._append(text)

    def _append(self, text: str) -> None:
        self._left_out += max(0, len(text) - TAIL)
        self._tail.append(text[-TAIL:])
        self._tail_size += len(self._tail[-1])
        while self._tail_size > TAIL:
            self._shorten(self._tail_size - TAIL)

    def _shorten(self, excess: int) -> None:
        oldest = self._tail.popleft()
        cut = min(excess, len(oldest))
        if cut < len(oldest):
            self._tail.appendleft(oldest[cut:])
        self._tail_size -= cut
        self._left_out += cut


def bounded(text: str) -> str:
    """`text`, or its beginning and end with a line between that says how many characters are missing."""
    if len(text) <= HEAD + TAIL:
        return text
    captured = Captured()
    captured.write(text)
    return captured.text()
