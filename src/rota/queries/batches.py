"""Batches: how their runs stand."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.db.models import Count

from rota.exceptions import UnknownName
from rota.models import Batch, Run, State
from rota.models.states import ENDED
from rota.queries.ids import span_of

SHORTEST_PREFIX = 6


@dataclasses.dataclass(frozen=True)
class Progress:
    """How many of a batch's runs are in each state; states without runs are left out."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All runs, those that were run again included."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """Those that have ended, however."""
        return sum(number for state, number in self.counts.items() if state in ENDED)

    @property
    def successful(self) -> int:
        """Those that have ended well."""
        return self.counts.get(State.SUCCESSFUL, 0)


def progress(batch_id: uuid.UUID, *, using: str) -> Progress:
    """One query."""
    return _progress([batch_id], using).get(batch_id, Progress({}))


def newest(*, using: str, limit: int) -> list[tuple[Batch, Progress]]:
    """The newest first; two queries."""
    rows = list(Batch.objects.using(using).order_by("-pk")[:limit])
    found = _progress([row.pk for row in rows], using)
    return [(row, found.get(row.pk, Progress({}))) for row in rows]


def get(batch_id: uuid.UUID | str, *, using: str) -> Batch:
    """The batch with this id. Raises UnknownName."""
    span = span_of(str(batch_id))
    found = Batch.objects.using(using).filter(pk=span[0]).first() if span and span[0] == span[1] else None
    if found is None:
        raise UnknownName(f"There is no batch {str(batch_id)[:50]!r}.")
    return found


def find(text: str, *, using: str) -> Batch:
    """The batch with this id, or with the one id that begins so (at least 6 characters). Raises UnknownName."""
    span = span_of(text.strip())
    if span is None or len(text.strip().replace("-", "")) < SHORTEST_PREFIX:
        wanted = f"expected the id of a batch, or its first {SHORTEST_PREFIX} characters or more"
        raise UnknownName(f"There is no batch {text[:50]!r}: {wanted}.")
    found = list(Batch.objects.using(using).filter(pk__gte=span[0], pk__lte=span[1]).order_by("-pk")[:2])
    if not found:
        raise UnknownName(f"There is no batch {text[:50]!r}.")
    if len(found) > 1:
        raise UnknownName(
            f"More than one batch begins with {text[:50]!r}: give more of the id, such as {found[0].pk}."
        )
    return found[0]


def _progress(ids: list[uuid.UUID], using: str) -> dict[uuid.UUID, Progress]:
    rows: Any = Run.objects.using(using).filter(batch__in=ids).order_by().values("batch", "state")
    counts: dict[uuid.UUID, dict[str, int]] = {}
    for row in rows.annotate(n=Count("pk")):
        counts.setdefault(row["batch"], {})[row["state"]] = row["n"]
    return {pk: Progress(found) for pk, found in counts.items()}
