"""Runs by the time or the beginning of their id."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

SLACK = timedelta(hours=1)
"""Ids carry the time of the host that made them, which may be off from the database's."""


def first_id_at(moment: datetime) -> uuid.UUID:
    """Below every id made after `moment` (aware): the primary key's index then holds a search to recent rows."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    milliseconds = max(0, int((moment - SLACK - epoch) / timedelta(milliseconds=1)))
    return uuid.UUID(int=milliseconds << 80)


def span_of(prefix: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The lowest and the highest id that begin with `prefix` (dashes do not count); None when none can."""
    digits = prefix.replace("-", "").lower()
    if not digits or len(digits) > 32 or not set(digits) <= set("0123456789abcdef"):
        return None
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
