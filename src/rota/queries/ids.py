"""Runs by the time or the beginning of their id, and whatever else has such an id."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db.models import Model

from rota.exceptions import UnknownName

M = TypeVar("M", bound=Model)

SHORTEST_PREFIX = 6
"""Characters of an id that are enough to look for it."""
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


def found(model: type[M], noun: str, text: str, *, using: str) -> M:
    """The row with this id, or with the one id that begins so. Raises UnknownName, which calls it by its `noun`."""
    prefix = text.strip()
    span = span_of(prefix)
    if span is None or len(prefix.replace("-", "")) < SHORTEST_PREFIX:
        wanted = f"expected the id of a {noun}, or its first {SHORTEST_PREFIX} characters or more"
        raise UnknownName(f"There is no {noun} {prefix[:50]!r}: {wanted}.")
    rows = model._default_manager.using(using).filter(pk__gte=span[0], pk__lte=span[1])
    first = list(rows.order_by("-pk")[:2])
    if not first:
        raise UnknownName(f"There is no {noun} {prefix[:50]!r}.")
    if len(first) > 1:
        raise UnknownName(
            f"More than one {noun} begins with {prefix[:50]!r}: give more of the id, such as {first[0].pk}."
        )
    return first[0]
