"""Close attempts and move their runs on. Only the attempt that still holds a run may."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from rota.ledger.afterwards import Afterwards
from rota.ledger.close import close
from rota.ledger.connections import insistently, writing
from rota.ledger.ending import Ending
from rota.ledger.held_run import lock
from rota.ledger.succeed import Overtaken, can_succeed, succeed
from rota.models import Run, State

__all__ = ["Ending", "finish"]


def finish(endings: Sequence[Ending], *, using: str, now: datetime) -> set[uuid.UUID]:
    """Write these endings in one transaction; returns the ids of the runs that were still held by them.

    The token is the fence: a run that was rescued and claimed again carries another one, so a worker that comes back
    from the dead changes nothing.
    """
    try:
        kept, after = insistently(partial(_write, endings, using, now), using)
    except Overtaken:
        kept, after = insistently(partial(_write_locked, endings, using, now), using)
    after.look(using=using, now=now)
    return kept


def _write(endings: Sequence[Ending], using: str, now: datetime) -> tuple[set[uuid.UUID], Afterwards]:
    plain = [ending for ending in endings if can_succeed(ending, using)]
    others = [ending for ending in endings if not can_succeed(ending, using)]
    with writing(using):
        kept = succeed(plain, using=using) if plain else set()
        held, after = _close_held(others, using, now) if others else (set(), Afterwards())
    return kept | held, after


def _write_locked(endings: Sequence[Ending], using: str, now: datetime) -> tuple[set[uuid.UUID], Afterwards]:
    with writing(using):
        return _close_held(endings, using, now)


def _close_held(endings: Sequence[Ending], using: str, now: datetime) -> tuple[set[uuid.UUID], Afterwards]:
    ids = [ending.run_id for ending in endings]
    held = {run.pk: run for run in lock(Run.objects.using(using).filter(pk__in=ids, state=State.RUNNING))}
    pairs = [(held[ending.run_id], ending) for ending in endings if ending.run_id in held]
    kept = [(run, ending) for run, ending in pairs if run.token == ending.token]
    after = close(kept, using=using, now=now)
    return {run.pk for run, _ in kept}, after
