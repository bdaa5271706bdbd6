"""From a key to the schedule that has it."""

from __future__ import annotations

from rota.exceptions import UnknownName, nearest
from rota.models import Schedule


def by_key(key: str, *, using: str) -> Schedule:
    """The schedule with exactly this key. Raises UnknownName with the nearest keys."""
    found = Schedule.objects.using(using).filter(key=key[:201]).first()
    if found is None:
        keys = Schedule.objects.using(using).values_list("key", flat=True)
        raise UnknownName(f"There is no schedule {key[:200]!r}.", nearest(key[:200], keys))
    return found
