"""rota's settings: one dict `ROTA` in the project's settings, read into one frozen value."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed

from rota.exceptions import InvalidInput, did_you_mean, nearest

CATCH_UPS = ("none", "latest", "all", "ask")
OVERLAPS = ("skip", "queue", "allow", "cancel-running")

DEEPEST = 30
"""Levels of nesting that JSON of ours may have: MariaDB takes 31, and what is stored stands inside one more."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its default. Durations are `timedelta`; plain numbers are taken as seconds."""

    DATABASE: str = "default"
    CATCH_UP: str = "latest"
    CATCH_UP_WINDOW: timedelta | None = timedelta(hours=24)
    CATCH_UP_CAP: int = 500
    LATE_AFTER: timedelta = timedelta(seconds=60)
    OVERLAP: str = "skip"
    HEARTBEAT: timedelta = timedelta(seconds=5)
    LEASE: timedelta = timedelta(seconds=30)
    STOP_WITHIN: timedelta = timedelta(seconds=30)
    MAX_CLOCK_STEP: timedelta = timedelta(seconds=60)
    KEEP_FINISHED: timedelta = timedelta(days=90)
    SCHEDULES: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    WORKERS: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    MAIL_TO: tuple[str, ...] = ()
    REDACT: tuple[str, ...] = ()
    MAX_BYTES: int = 262_144
    AUDIT_KEY: str = ""

    def __post_init__(self) -> None:
        _one_of("CATCH_UP", self.CATCH_UP, CATCH_UPS)
        _one_of("OVERLAP", self.OVERLAP, OVERLAPS)
        if self.DATABASE not in django_settings.DATABASES:
            raise _wrong("DATABASE", f"one of {sorted(django_settings.DATABASES)}", self.DATABASE)
        _in_utc(self.DATABASE)
        if self.LEASE < 3 * self.HEARTBEAT:
            raise _wrong("LEASE", f"at least three heartbeats ({3 * self.HEARTBEAT})", self.LEASE)


def current() -> Settings:
    """The project's settings. Raises InvalidInput when `ROTA` holds an unknown key or an impossible value."""
    return _read()


@lru_cache(maxsize=1)
def _read() -> Settings:
    given = getattr(django_settings, "ROTA", {})
    if not isinstance(given, dict):
        raise InvalidInput(f"ROTA: expected a dict, got {type(given).__name__}.")
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    for name in given:
        if name not in fields:
            hint = did_you_mean(nearest(str(name), fields))
            raise InvalidInput(f"ROTA: unknown setting {name!r}; known are {', '.join(fields)}.{hint}")
    return Settings(**{name: _coerced(name, str(fields[name].type), value) for name, value in given.items()})


def _coerced(name: str, wanted: str, value: Any) -> Any:
    if wanted.startswith("timedelta"):
        return _duration(name, value, optional="None" in wanted)
    if wanted.startswith("list"):
        if not isinstance(value, list | tuple) or not all(isinstance(item, dict) for item in value):
            raise _wrong(name, "a list of dicts", value)
        return list(value)
    if wanted.startswith("tuple"):
        if isinstance(value, str) or not all(isinstance(item, str) for item in value):
            raise _wrong(name, "a list of strings", value)
        return tuple(value)
    kinds: dict[str, type] = {"int": int, "str": str}
    kind = kinds.get(wanted, dict)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong(name, f"a value of type {kind.__name__}", value)
    if isinstance(value, int) and value < 1:
        raise _wrong(name, "a whole number of at least 1", value)
    return value


def _duration(name: str, value: Any, *, optional: bool) -> timedelta | None:
    if value is None and optional:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = timedelta(seconds=value)
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise _wrong(name, "a positive timedelta or number of seconds", value)
    return value


def _in_utc(alias: str) -> None:
    """What is compared in statements of ours is compared as it is stored."""
    database = django_settings.DATABASES[alias]
    zone = database.get("TIME_ZONE")
    if zone not in (None, "UTC") and "postg" not in str(database.get("ENGINE")):
        raise InvalidInput(
            f"ROTA['DATABASE']: expected a database with its times in UTC, got {alias!r} with TIME_ZONE = {zone!r}. "
            "Remove it from DATABASES, or give rota a database of its own. (PostgreSQL keeps them in UTC anyway.)"
        )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        hint = did_you_mean(nearest(str(value), allowed))
        raise InvalidInput(f"ROTA[{name!r}]: expected one of {', '.join(allowed)}, got {value!r}.{hint}")


def _wrong(name: str, expected: str, got: object) -> InvalidInput:
    return InvalidInput(f"ROTA[{name!r}]: expected {expected}, got {got!r}.")


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("ROTA", "DATABASES"):
        _read.cache_clear()


setting_changed.connect(_forget)
