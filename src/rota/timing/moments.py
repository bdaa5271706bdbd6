"""Aware datetimes in UTC, and the whole seconds since 1970 that the arithmetic uses."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from rota.timing.errors import CalendarError, shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400
# A week short of what datetime can hold, so that no zone's offset can overflow it.
FIRST_SECOND = int((datetime(1, 1, 8, tzinfo=UTC) - EPOCH).total_seconds())
LAST_SECOND = int((datetime(9999, 12, 24, tzinfo=UTC) - EPOCH).total_seconds())
# Kiritimati was the last to leave an offset that is no whole number of quarter hours, in 1979.
ALIGNED_SINCE = int((datetime(1980, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())
QUARTER = 900
_SECOND = timedelta(seconds=1)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises CalendarError if it is naive, or outside the years 1 to 9999 in UTC."""
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise CalendarError(f"Expected an aware datetime, got {shown(moment)}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise CalendarError(f"Expected a moment in the years 1 to 9999 (UTC), got {shown(moment)}") from None


def from_iso(text: str) -> datetime:
    """Read ISO 8601 with an offset (or Z) as UTC.

    Raises CalendarError for anything else, a leap second included: elapsed UTC seconds have none (POSIX
    time).
    """
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise CalendarError(
            f"Expected ISO 8601 with an offset, such as '2026-12-24T18:00:00+01:00', got {shown(text)}"
        ) from None
    if moment.utcoffset() is None:
        raise CalendarError(f"Expected an offset such as 'Z' or '+01:00' after the moment, got {shown(text)}")
    return utc(moment)


def to_iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a Z; microseconds only where there are some."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00Z, rounded down. Integers: floats lose microseconds."""
    return (moment - EPOCH) // _SECOND


def from_seconds(number: int) -> datetime:
    """The moment that many seconds after 1970-01-01T00:00Z."""
    return EPOCH + timedelta(seconds=number)


def at_any_quarter(offsets: Iterable[int]) -> frozenset[int]:
    """Seconds past the hour as clocks elsewhere may show them: zones differ by quarter hours."""
    return frozenset(
        quarter + offset % QUARTER for offset in offsets for quarter in range(0, 4 * QUARTER, QUARTER)
    )
