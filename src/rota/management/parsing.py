"""What people type, as values: spans of time, moments, arguments."""

from __future__ import annotations

import getpass
import json
import re
import socket
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from rota.actions import Actor
from rota.exceptions import InvalidInput

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(s|m|min|h|d|w)?")


def span(text: str) -> timedelta:
    """'90', '90s', '5 min', '24h', '7d', '2w'. Raises InvalidInput."""
    found = SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInput(f"Expected a span of time such as 90s, 5min, 24h or 7d, got {text!r}.")
    return timedelta(seconds=float(found[1]) * UNITS[found[2] or "s"])


def moment(text: str, now: datetime, *, ahead: bool) -> datetime:
    """A date or time in ISO 8601 (in TIME_ZONE when it names no offset), or a span from `now`. Raises InvalidInput."""
    if SPAN.fullmatch(text.strip().lower()):
        return now + span(text) if ahead else now - span(text)
    try:
        found = parse_datetime(text) or _midnight(text)
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(f"Expected a time such as '2026-11-22 14:00' or a span such as 24h, got {text!r}.")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def keywords(pairs: Sequence[str], text: str = "") -> dict[str, Any]:
    """`name=value` pairs over the JSON object `text`. A value that is JSON is that; any other is text."""
    found = json_of(text, dict, "--kwargs") if text else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InvalidInput(f"--arg: expected name=value, got {pair!r}.")
        found[name.strip().lstrip("-").replace("-", "_")] = _json_or_text(value)
    return found


def json_of(text: str, kind: type, option: str) -> Any:
    """The JSON in `text`, which must be a `kind`. Raises InvalidInput that names the option."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{option}: expected JSON, got {text[:80]!r} ({error}).") from None
    if not isinstance(found, kind):
        wanted = "an object" if kind is dict else "a list"
        raise InvalidInput(f"{option}: expected {wanted}, got {text[:80]}.")
    return found


def accountable(parser: ArgumentParser) -> None:
    """The options of a verb that changes something."""
    parser.add_argument("--reason", default="", help="Why; kept in the audit trail.")
    parser.add_argument(
        "--as", dest="actor", default="", metavar="NAME", help="Who asks; by default, the system's user."
    )


def actor(options: Namespace) -> Actor:
    """Who acts. The system's user and host are kept beside a name that was given with --as."""
    user = _system_user()
    return Actor(
        options.actor or user, id=user, channel="cli", user_agent=f"manage.py on {socket.gethostname()}"
    )


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container's user without a name


def _midnight(text: str) -> datetime | None:
    day = parse_date(text)
    return datetime(day.year, day.month, day.day) if day else None  # noqa: DTZ001 - made aware by the caller


def _json_or_text(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
