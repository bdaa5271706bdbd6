"""What every system's task does, so that all are measured at the same work."""

from __future__ import annotations

import time

from benchmarks import marks

PAUSE = 0.010
"""Seconds that `pause` waits, as for an answer over the network."""


def nothing(text: str) -> None:
    """Take an argument, do nothing."""
    marks.ran()


def stamp(text: str) -> None:
    """Note how long after `text`, a reading of the monotonic clock, this line is reached."""
    marks.note(time.monotonic() - float(text))
    marks.ran()


def pause(text: str) -> None:
    """Wait as for I/O."""
    time.sleep(PAUSE)
    marks.ran()


ALL = {work.__name__: work for work in (nothing, stamp, pause)}
