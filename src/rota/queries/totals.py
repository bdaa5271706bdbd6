"""How often each schedule ran: what the ledger holds, and what it held before it was pruned."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Case, Count, DurationField, ExpressionWrapper, F, Q, Sum, When

from rota.models import Run, State, Tally

RAN = (State.SUCCESSFUL, State.FAILED, State.CANCELLED, State.RUNNING)
_TOOK = ExpressionWrapper(F("finished_at") - F("last_attempted_at"), output_field=DurationField())


@dataclasses.dataclass(frozen=True)
class Totals:
    """`runs` are those that began, or were cancelled; what was skipped or missed is no run."""

    runs: int = 0
    successful: int = 0
    failed: int = 0
    seconds: float = 0.0
    """The durations of the successful ones together."""

    @property
    def success_rate(self) -> float | None:
        """Successful among successful and failed, from 0 to 1; None before the first of them."""
        ended = self.successful + self.failed
        return self.successful / ended if ended else None

    @property
    def average_seconds(self) -> float | None:
        """The mean duration of the successful runs; None before the first."""
        return self.seconds / self.successful if self.successful else None


def totals(*, using: str, schedule_ids: Iterable[int] | None = None) -> dict[int, Totals]:
    """By schedule; two queries whatever their number. Without `schedule_ids`: of all schedules."""
    only = {} if schedule_ids is None else {"schedule__in": list(schedule_ids)}
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    seconds: dict[int, float] = defaultdict(float)
    for row in [*_open(using, only), *_pruned(using, only)]:
        counts[row["schedule"]][row["state"]] += row["n"]
        if row["state"] == State.SUCCESSFUL:
            seconds[row["schedule"]] += row["seconds"]
    return {pk: _total(found, seconds[pk]) for pk, found in counts.items()}


def _open(using: str, only: dict[str, Any]) -> Iterable[dict[str, Any]]:
    began = Q(state__in=RAN) | Q(state=State.READY, attempt_count__gt=0)
    runs = Run.objects.using(using).filter(began, schedule__isnull=False, **only)
    took = Sum(Case(When(state=State.SUCCESSFUL, then=_TOOK), output_field=DurationField()))
    for row in runs.values("schedule", "state").annotate(n=Count("pk"), took=took).order_by():
        yield {**row, "seconds": (row["took"] or timedelta()).total_seconds()}


def _pruned(using: str, only: dict[str, Any]) -> Iterable[dict[str, Any]]:
    tallies = Tally.objects.using(using).filter(schedule__isnull=False, state__in=RAN, **only)
    for row in tallies.values("schedule", "state").annotate(n=Sum("count"), took=Sum("seconds")).order_by():
        yield {**row, "seconds": row["took"] or 0.0}


def _total(found: Counter[str], seconds: float) -> Totals:
    return Totals(sum(found.values()), found[State.SUCCESSFUL], found[State.FAILED], seconds)
