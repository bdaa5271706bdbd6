"""Give back what was claimed and has not begun: READY again, no attempt counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from rota.ledger import wake
from rota.ledger.afterwards import Afterwards
from rota.ledger.connections import insistently, writing
from rota.models import Run, State


def hand_back(
    claims: Iterable[tuple[uuid.UUID, int]], *, using: str, now: datetime, after: float = 0.0
) -> int:
    """Give back these (run id, token) pairs, ready `after` seconds from now; returns how many were still held."""
    pairs = list(claims)
    held = Q(pk__in=[run_id for run_id, _ in pairs], token__in={token for _, token in pairs})
    return _give_back(held, using, now, after) if pairs else 0


def _give_back(held: Q, using: str, now: datetime, after: float) -> int:
    number, ended = insistently(partial(_give_back_held, held, using, now, after), using)
    ended.look(using=using, now=now)
    return number


def _give_back_held(held: Q, using: str, now: datetime, after: float) -> tuple[int, Afterwards]:
    with writing(using):
        runs = Run.objects.using(using).filter(held, state=State.RUNNING)
        cancelled, ended = cancel_asked(runs, now=now)
        returned = give_back(runs, now=now, after=after)
        wake.workers(returned, using=using)
    return cancelled + returned, ended


def cancel_asked(runs: QuerySet[Run], *, now: datetime) -> tuple[int, Afterwards]:
    """Of these runs, which have not begun, cancel what somebody asked to stop: it never begins."""
    stopped = runs.filter(cancel_attempt__isnull=False)
    ended = Afterwards.of(stopped)
    number = stopped.update(
        state=State.CANCELLED, token=None, held_by=None, claimed_at=None, finished_at=now, cancel_attempt=None
    )
    return number, ended


def give_back(runs: QuerySet[Run], *, now: datetime, after: float = 0.0, **also: bool) -> int:
    """READY again, in the caller's transaction. Not before the time the run asked for."""
    soonest = now + timedelta(seconds=after)
    return runs.update(
        state=State.READY,
        ready_at=Greatest(Coalesce("run_after", soonest), soonest),
        token=None,
        held_by=None,
        claimed_at=None,
        **also,
    )
