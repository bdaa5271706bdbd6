"""One text for one value, whatever database it went through: what the chain is computed over.

JSON with sorted keys (by code point), no spaces and no escapes beyond those JSON demands. Databases rewrite numbers
(PostgreSQL's jsonb makes 1e16 an integer, MySQL makes large integers floats), so `storable` brings a value into the
form that all of them give back unchanged, before it is stored.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rota import conf

_EXACT = 10**15
"""Beyond this many units a double and a decimal no longer agree on every database."""


def canonical(value: Any) -> bytes:
    """The canonical JSON of a storable value, as UTF-8."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def storable(value: Any, depth: int = conf.DEEPEST) -> Any:
    """`value` as JSON that every database returns unchanged.

    Times become UTC text, durations seconds; numbers that a database would round and objects that JSON has not become
    text; NUL and lone surrogates, which PostgreSQL and UTF-8 refuse, become visible escapes.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, dict) and depth:
        return {text(str(name)): storable(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [storable(item, depth - 1) for item in items]
    return _word(value)


def moment(value: datetime) -> str:
    """An aware time as UTC with six digits of microseconds and `Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text(value: str, at_most: int | None = None) -> str:
    """`value` without what databases refuse, cut to `at_most` characters."""
    safe = value.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode()
    return safe if at_most is None or len(safe) <= at_most else safe[: at_most - 1] + "…"


def _number(value: int | float | Decimal) -> int | float | str:
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, Decimal) or not math.isfinite(value) or abs(value) > _EXACT:
        return str(value)
    return int(value) if value == int(value) else value


def _word(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, timedelta):
        return _number(value.total_seconds())
    return text(value.isoformat() if isinstance(value, date) else str(value))
