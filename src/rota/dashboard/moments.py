"""Times as people read them: what is near relative, what is far absolute, the exact one always in the title."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from rota.queries.words import duration, relative

NEAR = timedelta(hours=24)


@dataclasses.dataclass(frozen=True)
class Moment:
    """`iso` and `title` are UTC; `words` and `after` are for the page's zone."""

    iso: str
    title: str
    words: str
    after: str = ""


def past(moment: datetime | None, now: datetime) -> Moment | None:
    """'6 h ago'; from a day on '20 Nov 02:00'."""
    if moment is None:
        return None
    words = relative(moment, now) if now - moment < NEAR else _absolute(moment, now)
    return _moment(moment, words)


def ahead(moment: datetime | None, now: datetime) -> Moment | None:
    """'tomorrow 09:00', then 'in 23 h'; what is already due reads 'due now'."""
    if moment is None:
        return None
    if moment <= now:
        return _moment(moment, "due now")
    return _moment(moment, _absolute(moment, now), relative(moment, now))


def exact(moment: datetime | None, now: datetime) -> Moment | None:
    """'22 Nov 14:00:01', for the page of one run."""
    return None if moment is None else _moment(moment, _absolute(moment, now, seconds=True))


def took(seconds: float | None) -> str:
    """A duration; what is shorter than a tenth of a second is called so and not '0.0 s'."""
    return "< 0.1 s" if seconds is not None and 0 <= seconds < 0.1 else duration(seconds)


def zone_name() -> str:
    """The zone that pages show times in."""
    return timezone.get_current_timezone_name()


def _moment(moment: datetime, words: str, after: str = "") -> Moment:
    utc = moment.astimezone(UTC)
    return Moment(utc.strftime("%Y-%m-%dT%H:%M:%SZ"), utc.strftime("%Y-%m-%d %H:%M:%S UTC"), words, after)


def _absolute(moment: datetime, now: datetime, *, seconds: bool = False) -> str:
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    days = (local.date() - today).days
    if days in (0, 1) and not seconds:
        return f"today {clock}" if days == 0 else f"tomorrow {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local.strftime('%b')}{year} {clock}"
