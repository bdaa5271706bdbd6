"""Batches: how their runs stand."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.db.models import Count

from rota.exceptions import UnknownName
from rota.models import Batch, Run, State
from rota.models.states import ENDED
from rota.queries import ids
from rota.queries.ids import span_of


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
    return ids.found(Batch, "batch", text, using=using)


def _progress(ids: list[uuid.UUID], using: str) -> dict[uuid.UUID, Progress]:
    rows: Any = Run.objects.using(using).filter(batch__in=ids).order_by().values("batch", "state")
    counts: dict[uuid.UUID, dict[str, int]] = {}
    for row in rows.annotate(n=Count("pk")):
        counts.setdefault(row["batch"], {})[row["state"]] = row["n"]
    return {pk: Progress(found) for pk, found in counts.items()}
