"""Close attempts and move their runs on. Only the attempt that still holds a run may."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rota.ledger import gates, safe
from rota.ledger.connections import insistently, writing
from rota.ledger.ending import Ending
from rota.ledger.sql import update_each
from rota.models import Attempt, Outcome, Run, State
from rota.models.states import ENDED
from rota.policies import Terms

WRITTEN = (
    "state", "ready_at", "run_after", "alone", "attempt_count", "token", "held_by", "claimed_at", "cancel_attempt",
    "started_at", "last_attempted_at", "finished_at", "result",
)  # fmt: skip


def finish(endings: Sequence[Ending], *, using: str, now: datetime) -> set[uuid.UUID]:
    """Write these endings in one transaction; returns the ids of the runs that were still held by them.

    The token is the fence: a run that was rescued and claimed again carries another one, so a worker that comes back
    from the dead changes nothing.
    """
    kept, keys = insistently(partial(_close_held, endings, using, now), using)
    gates.admit(keys, using=using, now=now)
    return kept


def _close_held(endings: Sequence[Ending], using: str, now: datetime) -> tuple[set[uuid.UUID], list[str]]:
    with writing(using):
        held = {run.pk: run for run in lock([ending.run_id for ending in endings], using)}
        kept = [ending for ending in endings if _holds(held.get(ending.run_id), ending)]
        keys = close([(held[ending.run_id], ending) for ending in kept], using=using, now=now)
    return {ending.run_id for ending in kept}, keys


def lock(run_ids: Sequence[uuid.UUID], using: str) -> list[Run]:
    """The RUNNING ones of these runs, locked in the order of their ids (one order, so no deadlock)."""
    runs = Run.objects.using(using).filter(pk__in=run_ids, state=State.RUNNING)
    return list(runs.select_for_update().order_by("pk").defer("args", "kwargs", "result"))


def close(pairs: Sequence[tuple[Run, Ending]], *, using: str, now: datetime) -> list[str]:
    """Write the endings of locked runs, in the caller's transaction. Returns the gates to look at after it."""
    rows = [_row(run, ending, now) for run, ending in pairs]
    update_each(WRITTEN, rows, using)
    Attempt.objects.using(using).bulk_create([_attempt(ending) for _, ending in pairs])
    return [
        run.gate_key
        for (run, _), row in zip(pairs, rows, strict=True)
        if run.gate_key and row["state"] in ENDED
    ]


def _holds(run: Run | None, ending: Ending) -> bool:
    return run is not None and run.token == ending.token


def _row(run: Run, ending: Ending, now: datetime) -> dict[str, Any]:
    terms = Terms.from_json(run.terms)
    state = next_state(ending, run, terms)
    again = state == State.READY
    ready_at = now + timedelta(seconds=ending.retry_in or 0.0) if again else None
    succeeded = ending.outcome == Outcome.SUCCEEDED
    return {
        "id": run.pk,
        "state": state,
        "ready_at": ready_at,
        "run_after": ready_at if again else run.run_after,
        # What ended by itself is no suspect any more; what was lost alone stays alone.
        "alone": terms.at_most_once or (run.alone and ending.outcome == Outcome.LOST),
        "attempt_count": run.attempt_count + 1,
        "token": None,
        "held_by": None,
        "claimed_at": None,
        "cancel_attempt": None,
        "started_at": run.started_at or ending.started_at,
        "last_attempted_at": ending.started_at,
        "finished_at": None if again else ending.finished_at,
        "result": safe.result(ending.result) if succeeded else None,
    }


def next_state(ending: Ending, run: Run, terms: Terms) -> str:
    """The state that follows an attempt's outcome. READY means: again."""
    if ending.outcome == Outcome.SUCCEEDED:
        return State.SUCCESSFUL
    if ending.outcome == Outcome.CANCELLED:
        return State.CANCELLED
    if ending.outcome == Outcome.LOST:
        again = terms.may_begin_again_after_loss(run.attempt_count + 1, run.max_attempts)
    else:
        again = ending.retry_in is not None and run.attempt_count + 1 < run.max_attempts
    return State.READY if again else State.FAILED


def _attempt(ending: Ending) -> Attempt:
    return Attempt(
        run_id=ending.run_id,
        number=ending.attempt,
        outcome=ending.outcome,
        started_at=ending.started_at,
        finished_at=ending.finished_at,
        held_by=ending.held_by,
        worker=safe.text(ending.worker, 200),
        error_class=safe.text(ending.error_class, 300),
        error=safe.text(ending.error),
        traceback=safe.text(ending.traceback),
        log=safe.text(ending.log),
    )
