"""Texts of any length, kept within bounds: the beginning and the end are what people read."""

from __future__ import annotations

import threading
from collections import deque

HEAD = 16 * 1024
"""Characters kept from the beginning."""
TAIL = 48 * 1024
"""Characters kept from the end."""


class Captured:
    """Takes text from any thread for as long as it comes; never holds more than about HEAD + TAIL characters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head: list[str] = []
        self._head_size = 0
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._left_out = 0

    def write(self, text: str) -> None:
        """Add `text` at the end."""
        with self._lock:
            room = HEAD - self._head_size
            if room > 0:
                self._head.append(text[:room])
                self._head_size += len(text[:room])
                text = text[room:]
            if text:
                self._append(text)

    def text(self) -> str:
        """What was written; where the middle is missing, a line says how much."""
        with self._lock:
            mark = f"\n… {self._left_out} characters left out …\n" if self._left_out else ""
            return "".join(self._head) + mark + "".join(self._tail)

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
