"""From what a person writes (retry, timeouts, limits, at most once) to the terms that a run is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rota.exceptions import InvalidInput
from rota.policies import Limit, Retry, Terms

GRACE = 10.0
"""Seconds between the soft and the hard timeout when only the soft one is given."""

NAMES = ("retry", "timeout", "hard_timeout", "at_most_once", "concurrency", "rate")


def merged(own: Terms, given: Mapping[str, Any], who: str) -> Terms:
    """`own`, with what `given` says by the names above. `who` begins the sentence when it is wrong.

    Timeouts are timedeltas or seconds; `timeout` alone sets the hard one `GRACE` seconds later, and None removes
    both. `concurrency` is a whole number or a limit; None takes a limit off.
    Raises InvalidInput for values that are impossible or contradict one another.
    """
    said: dict[str, Any] = {}
    if "retry" in given:
        said["retry"] = _retry(given["retry"], who)
    if "at_most_once" in given:
        said["at_most_once"] = _yes_or_no(given["at_most_once"], who)
    if "timeout" in given:
        soft = seconds_or_none("timeout", given["timeout"], who)
        said |= {"soft_timeout": soft, "hard_timeout": None if soft is None else soft + GRACE}
    if "hard_timeout" in given:
        said["hard_timeout"] = seconds_or_none("hard_timeout", given["hard_timeout"], who)
    if "concurrency" in given:
        said["concurrency"] = _concurrency(given["concurrency"], who)
    if "rate" in given:
        said["rate"] = _rate(given["rate"], who)
    return _agreeing(dataclasses.replace(own, **said), who)


def seconds_or_none(name: str, value: Any, who: str, *, zero: bool = False) -> float | None:
    """A duration in seconds from a timedelta or a number; None stays None. Raises InvalidInput for what is neither."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (0 < value < 1e10 or (zero and value == 0))
    ):
        least = "at least 0" if zero else "more than 0"
        raise InvalidInput(f"{who}: expected {name} to be a timedelta or seconds, {least}, got {value!r}.")
    return float(value)


def _retry(value: Any, who: str) -> Retry | None:
    if value is not None and not isinstance(value, Retry):
        raise InvalidInput(f"{who}: expected retry to be rota.retry(...) or None, got {value!r}.")
    return value


def _yes_or_no(value: Any, who: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{who}: expected at_most_once to be True or False, got {value!r}.")
    return value


def _concurrency(value: Any, who: str) -> Limit | None:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            value = Limit(value)
        except ValueError as error:
            raise InvalidInput(f"{who}: concurrency: {error}") from None
    if value is None or (isinstance(value, Limit) and value.per is None):
        return value
    if isinstance(value, Limit):
        raise InvalidInput(f"{who}: a limit per period is a rate: write rate=rota.limit(..., per=...).")
    raise InvalidInput(
        f"{who}: expected concurrency to be a whole number, rota.limit(...) or None, got {value!r}."
    )


def _rate(value: Any, who: str) -> Limit | None:
    if value is not None and not (isinstance(value, Limit) and value.per is not None):
        raise InvalidInput(
            f"{who}: expected rate to be rota.limit(number, per=seconds) or None, got {value!r}."
        )
    return value


def _agreeing(terms: Terms, who: str) -> Terms:
    if terms.soft_timeout and terms.hard_timeout and terms.hard_timeout < terms.soft_timeout:
        raise InvalidInput(
            f"{who}: expected hard_timeout to be at least timeout ({terms.soft_timeout:g} s), "
            f"got {terms.hard_timeout:g} s."
        )
    if terms.at_most_once and terms.retry and terms.retry.attempts > 1:
        raise InvalidInput(
            f"{who}: at_most_once and retry contradict each other: a task that may begin at most once is never tried "
            "again. Leave one of them out (a schedule of a task with retry says retry=None)."
        )
    return terms
