"""What a schedule may say beside its key, its calendar and its task, and that it makes sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from rota import conf
from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.policies import Limit, Retry
from rota.schedules.terms import seconds_or_none

LIMITS = {"title": 200, "category": 100, "description": 10_000, "queue_name": 100}
MOST_AT_ONCE = 1_000_000


class Options(TypedDict, total=False):
    """Options of a schedule. What is not said, the task's own terms or the settings in ROTA decide.

    Durations are timedeltas or seconds. `window=None`: catch up however long ago it was due.
    """

    args: Sequence[Any]
    kwargs: Mapping[str, Any] | None
    title: str
    category: str
    description: str
    catch_up: str
    window: timedelta | float | None
    cap: int
    overlap: str
    critical: bool
    jitter: timedelta | float
    queue_name: str
    priority: int
    retry: Retry | None
    timeout: timedelta | float | None
    hard_timeout: timedelta | float | None
    at_most_once: bool
    concurrency: int | Limit | None
    rate: Limit | None


def check_names(key: str, given: Iterable[str]) -> None:
    """Raises InvalidInput for an option that does not exist, with the nearest that does."""
    for name in given:
        if name not in Options.__annotations__:
            hint = did_you_mean(nearest(name, Options.__annotations__))
            raise InvalidInput(f"{key!r}: unknown option {name!r}.{hint}")


def text(key: str, name: str, options: Options) -> str:
    """The text option `name`, or "". Raises InvalidInput when it is no text, or a longer one than the row can hold."""
    value = options.get(name, "")
    if not isinstance(value, str) or len(value) > LIMITS[name] or "\x00" in value:
        got = f"{len(value)} characters" if isinstance(value, str) else repr(value)
        raise InvalidInput(
            f"{key!r}: expected {name} to be a text of at most {LIMITS[name]} characters, got {got}."
        )
    return value


def priority(key: str, value: Any) -> int:
    """Django's bounds for a task's priority. Raises InvalidInput outside them."""
    if isinstance(value, bool) or not isinstance(value, int) or not -100 <= value <= 100:
        raise InvalidInput(
            f"{key!r}: expected priority to be a whole number from -100 to 100, got {value!r}."
        )
    return value


def policies(key: str, options: Options) -> dict[str, Any]:
    """Catch-up, overlap, jitter and whether it is critical, as fields of a Definition."""
    settings = conf.current()
    critical = options.get("critical", False)
    if not isinstance(critical, bool):
        raise InvalidInput(f"{key!r}: expected critical to be True or False, got {critical!r}.")
    # What is critical is made up for however late, unless its owner says how late is too late.
    window = options.get("window", None if critical else settings.CATCH_UP_WINDOW)
    return {
        "catch_up": _one_of(key, "catch_up", options.get("catch_up", settings.CATCH_UP), conf.CATCH_UPS),
        "catch_up_window": seconds_or_none("window", window, repr(key)),
        "catch_up_cap": _cap(key, options.get("cap", settings.CATCH_UP_CAP)),
        "overlap": _one_of(key, "overlap", options.get("overlap", settings.OVERLAP), conf.OVERLAPS),
        "critical": critical,
        "jitter": seconds_or_none("jitter", options.get("jitter") or 0, repr(key), zero=True) or 0.0,
    }


def _one_of(key: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        hint = did_you_mean(nearest(str(value), allowed))
        raise InvalidInput(
            f"{key!r}: expected {name} to be one of {', '.join(allowed)}, got {value!r}.{hint}"
        )
    return str(value)


def _cap(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_AT_ONCE:
        raise InvalidInput(
            f"{key!r}: expected cap to be a whole number from 1 to {MOST_AT_ONCE:,}, got {value!r}."
        )
    return value
