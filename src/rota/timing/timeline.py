"""The offsets of a zone over time, as pieces within which the offset does not change."""

import bisect
import functools
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rota.timing.moments import DAY, EPOCH, FIRST_SECOND, LAST_SECOND

_CHUNK = 2**21
# zoneinfo does not list its transitions, so they are searched. A step misses two of them only if they undo
# each other within it; the closest such pair in the whole tz database is 95 hours apart (Freetown, 1939), the
# step is 36.
_STEP = 2**17
# How far back a repeated stretch of wall time can reach: offsets are less than a day on either side of UTC.
_LEAD = 2 * DAY


class Piece(NamedTuple):
    """A stretch [start, end) of UTC seconds with one offset.

    `before` is the offset just before `start`; `seen` is the wall time (local seconds) that clocks had
    reached before `start`, so that a wall time under it is being shown for the second time.
    """

    start: int
    end: int
    offset: int
    before: int
    seen: int


def piece_at(zone: str | None, second: int) -> Piece:
    """The piece that holds this UTC second."""
    pieces = _pieces(zone or "UTC", second // _CHUNK)
    if len(pieces) == 1:
        return pieces[0]
    return pieces[bisect.bisect_right(pieces, second, key=lambda piece: piece.start) - 1]


@functools.lru_cache(maxsize=8192)
def _pieces(zone: str, chunk: int) -> tuple[Piece, ...]:
    start, end = max(chunk * _CHUNK, FIRST_SECOND), min((chunk + 1) * _CHUNK, LAST_SECOND)
    changes = _changes(zone, start - _LEAD, end)
    offset = before = _offset_at(zone, start - _LEAD)
    seen = start - _LEAD + offset
    pieces = [Piece(start - _LEAD, end, offset, before, seen)]
    for change in changes:
        before, offset = offset, _offset_at(zone, change)
        seen = max(seen, change + before)
        pieces[-1] = pieces[-1]._replace(end=change)
        pieces.append(Piece(change, end, offset, before, seen))
    return tuple(_cut(piece, start) for piece in pieces if piece.end > start)


def _cut(piece: Piece, start: int) -> Piece:
    """Cut off what lies before the chunk; what was seen stays, a repeated hour may reach over the cut."""
    if piece.start >= start:
        return piece
    return piece._replace(start=start, before=piece.offset)


def _changes(zone: str, start: int, end: int) -> list[int]:
    """Every UTC second in (start, end) at which the offset changes, ascending."""
    marks = [*range(start, end, _STEP), end - 1]
    offsets = [_offset_at(zone, mark) for mark in marks]
    spans = zip(marks, marks[1:], offsets, offsets[1:], strict=False)
    return [_change_between(zone, low, high) for low, high, old, new in spans if old != new]


def _change_between(zone: str, low: int, high: int) -> int:
    """The first second with another offset than at `low`, found by halving."""
    old = _offset_at(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_at(zone, middle) == old:
            low = middle
        else:
            high = middle
    return high


def _offset_at(zone: str, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
