"""What a cron expression fires in one piece of a timeline: Debian's policy for clock changes lives here."""

from collections.abc import Iterator
from itertools import chain

from rota.timing.expression import Expression
from rota.timing.moments import at_any_quarter
from rota.timing.timeline import Piece

# Debian's cron(8): a change of three hours or more is a correction of the clock, not daylight saving time.
_LONG_GAP = 3 * 3600
# Seconds past the hour at which gaps have ended since 1980: St John's and Gaza changed one minute after the hour.
GAP_ENDS = at_any_quarter([0, 60])


def instants(
    expression: Expression,
    piece: Piece,
    low: int,
    high: int,
    *,
    backwards: bool = False,
) -> Iterator[int]:
    """The UTC seconds in [low, high), a part of the piece, at which the expression fires, in order."""
    made_up = [piece.start] if low <= piece.start < high and fires_for_gap(expression, piece) else []
    first, last = _walls_in(expression, piece, piece.start + 1 if made_up else low, high)
    offset = piece.offset
    regular = (wall - offset for wall in expression.walls(first, last, backwards=backwards))
    return chain(regular, made_up) if backwards else chain(made_up, regular)


def count(expression: Expression, piece: Piece, low: int, high: int) -> int:
    """How many instants there are in [low, high), a part of the piece."""
    made_up = low <= piece.start < high and fires_for_gap(expression, piece)
    first, last = _walls_in(expression, piece, piece.start + 1 if made_up else low, high)
    return expression.count(first, last) + made_up


def fires_at(expression: Expression, piece: Piece, second: int) -> bool:
    """Whether this UTC second of the piece is one of them."""
    first, last = _walls_in(expression, piece, second, second + 1)
    regular = first < last and expression.names(first)
    return regular or (second == piece.start and fires_for_gap(expression, piece))


def fires_for_gap(expression: Expression, piece: Piece) -> bool:
    """Whether the gap just before this piece swallowed fixed times, for which its first second stands."""
    width = piece.offset - piece.before
    if expression.wildcard or not 0 < width < _LONG_GAP:
        return False
    swallowed = expression.walls(piece.seen, piece.start + piece.offset)
    return next(swallowed, None) is not None


def solid_end(expression: Expression, piece: Piece, second: int, *, backwards: bool) -> int:
    """How far from `second` the named hours reach without a break, within the piece."""
    low, high = _walls_in(expression, piece, piece.start, piece.end)
    hour, step = (second + piece.offset) // 3600, -1 if backwards else 1
    while hour * 3600 < high and (hour + 1) * 3600 > low and expression.names_hour(hour):
        hour += step
    if backwards:
        return min(second, max((hour + 1) * 3600, low) - piece.offset)
    return max(second, min(hour * 3600, high) - piece.offset - 1)


def _walls_in(expression: Expression, piece: Piece, low: int, high: int) -> tuple[int, int]:
    """The wall times of [low, high); for fixed times without those shown for the second time."""
    first = low + piece.offset
    return first if expression.wildcard else max(first, piece.seen), high + piece.offset
