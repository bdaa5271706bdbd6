"""The one place that asks what time it is.

Whether something is due is decided by the database's clock, so that hosts with wrong clocks agree. How much time
has passed is CLOCK_BOOTTIME, which no change of the wall clock touches and which counts a sleeping laptop.
Tests put another clock in place with `frozen(moment)`; no test ever sets the machine's clock.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

_MOVED: list[datetime] = []

_SQL = {
    "postgresql": "clock_timestamp()",
    "mysql": "UTC_TIMESTAMP(6)",
}


def now(using: str) -> datetime:
    """The time of the database `using`, aware, in UTC. On SQLite the host's clock is the database's."""
    if _MOVED:
        return _MOVED[-1]
    connection = connections[using]
    expression = _SQL.get(connection.vendor)
    if expression is None:
        return host_now()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}")
        moment: datetime = cursor.fetchone()[0]
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def sql_now(using: str) -> tuple[str, list[Any]]:
    """The database's time as an SQL expression with its parameters, for statements that decide by it."""
    connection = connections[using]
    expression = _SQL.get(connection.vendor)
    if expression is None or _MOVED:
        return "%s", [connection.ops.adapt_datetimefield_value(now(using))]
    # As a sub-select it is computed once, before the scan: a volatile function would keep the index from being used.
    return f"(SELECT {expression})", []


def host_now() -> datetime:
    """The host's wall clock, aware, in UTC. Only for what concerns this host alone (logs, file names)."""
    return _MOVED[-1] if _MOVED else datetime.now(UTC)


def elapsed() -> float:
    """Seconds since an arbitrary moment; never steps, and counts time the machine was asleep where it can."""
    return time.clock_gettime(_ELAPSED) if _ELAPSED is not None else time.monotonic()


_ELAPSED: int | None = getattr(time, "CLOCK_BOOTTIME", None)


@contextlib.contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """In this process, let it be `moment` (aware) inside the block. For tests and previews."""
    _MOVED.append(moment.astimezone(UTC))
    try:
        yield
    finally:
        _MOVED.pop()


def step(by: timedelta) -> None:
    """Move a frozen clock on by `by`. Raises IndexError when the clock is not frozen."""
    _MOVED[-1] += by
