"""The names of gates, and at which one a run waits.

`schedule:7` is the gate of a schedule's overlap policy, `limit:…` lets so many through at once, `rate:…` so many in a
period; that is the order in which a run comes to them. `after:20260310120000` is no gate: what waits there waits for
its time (UTC), and goes to its gates then.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

OVERLAP, LIMIT, RATE, AFTER = "schedule:", "limit:", "rate:", "after:"
BEYOND_RATES = "s"
"""Sorts after every rate and before every schedule, whatever the collation."""

LONGEST = 200
_PLAIN = re.compile(r"[a-z0-9._:/-]+")


def key_for(schedule_id: int) -> str:
    """The key behind which the runs of one schedule queue."""
    return f"{OVERLAP}{schedule_id}"


def limit_key(text: str) -> str:
    """The gate that lets so many runs with this key through at once."""
    return LIMIT + distinct(text)


def rate_key(text: str) -> str:
    """The gate that lets so many runs with this key through in a period."""
    return RATE + distinct(text)


def unique_key(scope: str, key: str) -> str:
    """The idempotency key `key` among those of `scope`: a task's path, or who asks."""
    return distinct(f"{scope}:{key}")


def distinct(text: str) -> str:
    """`text` as a key of at most 200 characters that no other text has, whatever a database takes for equal.

    MySQL's usual collations know neither case nor accents nor blanks at the end: what has more than plain lower case
    characters, or is too long, ends with a hash.
    """
    if len(text) <= LONGEST and _PLAIN.fullmatch(text):
        return text
    tail = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[: LONGEST - len(tail) - 1]}~{tail}"


def after(moment: datetime) -> str:
    """Where a run waits that is not to begin before `moment`. Rounded up: never too early."""
    whole = moment.astimezone(UTC) + timedelta(seconds=1, microseconds=-1)
    return f"{AFTER}{whole:%Y%m%d%H%M%S}"


def due(now: datetime) -> str:
    """The last of the places `after` whose time has come."""
    return f"{AFTER}{now.astimezone(UTC):%Y%m%d%H%M%S}"


def first(
    overlap: str, limit: str | None, rate: str | None, run_after: datetime | None, now: datetime
) -> str | None:
    """Where a new run with these gates waits; None when it has none."""
    return overlap or beyond_overlap(limit, rate, run_after, now)


def beyond_overlap(
    limit: str | None, rate: str | None, run_after: datetime | None, now: datetime
) -> str | None:
    """Where a run goes once its overlap policy has let it through. A place is not taken before the run may begin."""
    gate = limit or rate
    if gate is not None and run_after is not None and run_after > now:
        return after(run_after)
    return gate
