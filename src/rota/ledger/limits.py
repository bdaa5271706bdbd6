"""The gate that lets so many runs with one key go at once. Counts come from the rows, so a crash leaks no place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from rota.ledger.keys import BEYOND_RATES, RATE
from rota.ledger.line import MOST, Passed, longer_and_longer, make_ready, send_on
from rota.models import Run, State
from rota.policies import Terms


def look(key: str, *, using: str, now: datetime) -> Passed:
    """Let the next ones through as long as there is room, each by the number that it carries. The gate is locked.

    Nobody overtakes: where tasks with different numbers share a key, one with a small number waits at the head until
    there is room for it.
    """
    held = holders(key, using).count()
    passing: Sequence[Run] = []
    for head in longer_and_longer(key, using):
        passing = _fitting(head, held)
        if len(passing) < len(head):
            break
    limited = [run for run in passing if run.rate_key]
    let = make_ready([run for run in passing if not run.rate_key], using, now)
    beyond = send_on(limited, "rate_key", using) if limited else frozenset()
    return Passed(let, beyond | ({key} if len(passing) == MOST else set()))


def holders(key: str, using: str) -> QuerySet[Run]:
    """What has a place: it runs, may begin, or waits at the gate behind this one. Not what is parked: it would keep its
    place for ever."""
    # The gates behind are rates. Between these two texts lie their keys and no others, so that nothing is read of
    # what waits here, at its schedule's gate, or for its time.
    behind = Q(waits_at__gte=RATE, waits_at__lt=BEYOND_RATES)
    runs = Run.objects.using(using).filter(
        limit_key=key, state__in=(State.READY, State.RUNNING), parked_at__isnull=True
    )
    return runs.filter(Q(waits_at__isnull=True) | behind)


def _fitting(head: Sequence[Run], held: int) -> Sequence[Run]:
    for place, run in enumerate(head):
        limit = Terms.from_json(run.terms).concurrency
        if limit is not None and held + place >= limit.number:
            return head[:place]
    return head
