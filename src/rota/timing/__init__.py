"""Calendars: pure values that yield instants. No Django, no clock, no writing."""

from rota.timing.calendar import Calendar, Exclusion, Union, exclusion, union
from rota.timing.cron import Cron
from rota.timing.errors import CalendarError
from rota.timing.instants import Count
from rota.timing.interval import Every, every
from rota.timing.off import Never, never
from rota.timing.once import Once, at
from rota.timing.text import parse
from rota.timing.zones import check_zone, tz_version, zone_names

__all__ = [
    "Calendar",
    "CalendarError",
    "Count",
    "Cron",
    "Every",
    "Exclusion",
    "Never",
    "Once",
    "Union",
    "at",
    "check_zone",
    "cron",
    "every",
    "exclusion",
    "never",
    "parse",
    "tz_version",
    "union",
    "with_default_zone",
    "zone_names",
]


def cron(expression: str, zone: str | None = None) -> Cron:
    """A cron calendar: five fields, six with seconds first, or a nickname such as `@daily`, in an IANA zone.

    Without a zone it behaves as UTC until `with_default_zone` fills it. For clock changes see `Cron`. Raises
    CalendarError for an expression or a zone that cannot be understood; an impossible date is no error, see
    `Calendar.impossible`.
    """
    return Cron(expression, zone)


def with_default_zone(calendar: Calendar, zone: str) -> Calendar:
    """The same calendar with `zone` wherever a part names none. Raises CalendarError for an unknown zone."""
    return calendar.in_zone(check_zone(zone))
