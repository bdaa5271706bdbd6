"""What a stored calendar says: in words, and next."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from rota import timing
from rota.models import Schedule


@lru_cache(maxsize=4096)
def read(text: str) -> timing.Calendar | None:
    """The calendar of a stored text, or None when it cannot be read any more (a zone that left the tz database)."""
    try:
        return timing.parse(text)
    except timing.CalendarError:
        return None


@lru_cache(maxsize=4096)
def words(text: str) -> str:
    """The calendar in plain English with its zone, or its text with a note when it cannot be read."""
    calendar = read(text)
    return f"{text} (cannot be read)" if calendar is None else calendar.describe()


def promising(schedule: Schedule, now: datetime) -> datetime | None:
    """From when on the schedule promises anything: now, the end of its pause; None when it is paused or retired."""
    if schedule.retired_at is not None:
        return None
    if schedule.paused_at is None:
        return now
    return None if schedule.paused_until is None else max(now, schedule.paused_until)


def upcoming(schedule: Schedule, now: datetime, n: int = 1) -> list[datetime]:
    """The next `n` instants (UTC) at which the schedule is due, as it stands; fewer when it ends."""
    since, calendar = promising(schedule, now), read(schedule.calendar)
    return [] if since is None or calendar is None else calendar.preview(since, n)
