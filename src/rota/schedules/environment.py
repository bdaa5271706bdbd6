"""Calendars of code-owned schedules that an operator overrides: ROTA_SCHEDULE_<KEY>='every 5 minutes' or 'off'."""

from __future__ import annotations

import dataclasses
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.conf import settings

from rota import timing
from rota.exceptions import did_you_mean, nearest

if TYPE_CHECKING:
    from rota.schedules.declaration import Declaration

PREFIX = "ROTA_SCHEDULE_"


def variable_of(key: str) -> str:
    """The environment variable that overrides the calendar of `key`: upper case, all but letters and digits as `_`."""
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", key.upper())


def applied(declaration: Declaration, environ: Mapping[str, str] = os.environ) -> Declaration:
    """The declaration with the calendar that the environment says. One that cannot be read changes nothing here;
    `problems` tells of it. A blank variable counts as not set.
    """
    variable = variable_of(declaration.key)
    text = environ.get(variable, "").strip()
    if not text or _fault(text):
        return declaration
    definition = dataclasses.replace(declaration.definition, calendar=_calendar(text).text())
    return dataclasses.replace(declaration, definition=definition, calendar_from=variable)


def problems(keys: Iterable[str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """By variable, why its value is no calendar, in a sentence."""
    found = {}
    for variable in sorted({variable_of(key) for key in keys}):
        text = environ.get(variable, "").strip()
        fault = _fault(text) if text else ""
        if fault:
            found[variable] = (
                f"The environment variable {variable} is not a calendar: {fault} The code's one stays."
            )
    return found


def shared(keys: Iterable[str]) -> dict[str, list[str]]:
    """The variables that belong to more than one key, with those keys: all of them obey it."""
    by_variable: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys):
        by_variable[variable_of(key)].append(key)
    return {variable: keys for variable, keys in by_variable.items() if len(keys) > 1}


def strays(keys: Iterable[str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of our prefix that belong to no key, each with a sentence."""
    known = {variable_of(key) for key in keys}
    found = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return {
        name: f"The environment variable {name} belongs to no schedule.{did_you_mean(nearest(name, known, at_most=1))}"
        for name in found
    }


def _calendar(text: str) -> timing.Calendar:
    return timing.with_default_zone(timing.parse(text), settings.TIME_ZONE)


def _fault(text: str) -> str:
    try:
        _calendar(text)
    except timing.CalendarError as error:
        said = str(error)
        return said if said.endswith((".", "?")) else f"{said}."
    return ""
