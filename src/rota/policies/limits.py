"""How many runs may go at once, or in a period, and which of them count together."""

from __future__ import annotations

import dataclasses
import json
import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

LARGEST = 1_000_000
LONGEST_PERIOD = 366 * 86_400.0
LONGEST_KEY = 200


@dataclasses.dataclass(frozen=True)
class Limit:
    """At most `number` at once, or per `per` seconds, of all runs with the same key.

    `key` is a text in which `{name}` stands for an argument of the task; None means the task itself.
    """

    number: int
    per: float | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if (
            isinstance(self.number, bool)
            or not isinstance(self.number, int)
            or not 1 <= self.number <= LARGEST
        ):
            raise ValueError(f"limit: expected a whole number from 1 to {LARGEST:,}, got {self.number!r}.")
        if self.per is not None and not 0 < self.per <= LONGEST_PERIOD:
            raise ValueError(
                f"limit: expected per to be a timedelta or seconds, more than 0 and at most 366 days, got {self.per!r}."
            )
        if self.key is not None:
            names(self.key)

    @property
    def every(self) -> timedelta:
        """For a rate: the time that each run takes from the period."""
        return timedelta(seconds=(self.per or 0.0) / self.number)

    def key_for(self, arguments: Mapping[str, Any], own: str) -> str:
        """The key of a run with these arguments, by name; `own` is what stands for the task itself."""
        return own if self.key is None else filled(self.key, arguments)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` takes back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any] | None) -> Limit | None:
        """The stored limit. Never raises: a row that a newer version wrote must not stop a gate."""
        if not value:
            return None
        try:
            return cls(value["number"], value.get("per"), value.get("key"))
        except (KeyError, TypeError, ValueError):
            return None


def limit(number: int, *, per: timedelta | float | None = None, key: str | None = None) -> Limit:
    """At most `number` at once (`concurrency=`), or per `per`, a timedelta or seconds (`rate=`).

    Runs with the same `key` count together, whichever tasks they are of: "crm-api" is one key, "customer:{customer_id}"
    one for each value of the argument `customer_id`. Without a key the task's own runs count.
    Raises ValueError, with what was expected, for impossible numbers and keys.
    """
    if isinstance(per, timedelta):
        per = per.total_seconds()
    if per is not None and (isinstance(per, bool) or not isinstance(per, int | float)):
        raise ValueError(f"limit: expected per to be a timedelta or seconds, got {per!r}.")
    return Limit(number, None if per is None else float(per), key)


def names(key: str) -> list[str]:
    """The arguments that stand in a key. Raises ValueError for what is no plain name in braces."""
    if not isinstance(key, str) or not key.strip() or len(key) > LONGEST_KEY or "\x00" in key:
        raise ValueError(f"limit: expected key to be a text of 1 to {LONGEST_KEY} characters, got {key!r}.")
    try:
        parts = list(string.Formatter().parse(key))
    except ValueError as error:
        raise ValueError(_no_key(key, str(error))) from None
    found = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        # Nothing but the value of an argument: no attribute, no index, no conversion, no format.
        if not name.isidentifier() or form or conversion:
            raise ValueError(_no_key(key, f"{{{name}}} is no name of an argument"))
        found.append(name)
    return found


def filled(key: str, arguments: Mapping[str, Any]) -> str:
    """The key with the values of its arguments. Raises KeyError for an argument that is not there."""
    parts = string.Formatter().parse(key)
    return "".join(
        literal + ("" if name is None else _text(arguments[name])) for literal, name, _, _ in parts
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _no_key(key: str, why: str) -> str:
    return (
        "limit: expected key to be a text with names of arguments in braces, such as 'customer:{customer_id}', "
        f"got {key!r}: {why}."
    )
