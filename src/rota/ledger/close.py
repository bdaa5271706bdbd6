"""Write how attempts ended: one UPDATE and one INSERT each, sent together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from rota.ledger import safe, wake
from rota.ledger.afterwards import Afterwards
from rota.ledger.ending import Ending
from rota.ledger.held_run import HeldRun
from rota.ledger.keys import beyond_overlap
from rota.ledger.sql import insert_each, update_each
from rota.models import Attempt, Outcome, State
from rota.models.states import ENDED
from rota.policies import Terms

MOVED = (
    "state", "ready_at", "waits_at", "run_after", "alone", "attempt_count", "token", "held_by", "claimed_at",
    "cancel_attempt", "started_at", "last_attempted_at", "finished_at", "result",
)  # fmt: skip

CLOSED = (
    "run_id", "number", "outcome", "started_at", "finished_at", "held_by", "worker", "error_class", "error",
    "traceback", "log", "progress",
)  # fmt: skip

Pair = tuple[HeldRun, Ending]


def close(pairs: Sequence[Pair], *, using: str, now: datetime) -> Afterwards:
    """Write the endings of locked runs, in the caller's transaction. Returns what to look at after it."""
    states = [next_state(ending, run, Terms.from_json(run.terms)) for run, ending in pairs]
    moved = [_moved(run, ending, state, now) for (run, ending), state in zip(pairs, states, strict=True)]
    update_each(moved, MOVED, using)
    insert_each(Attempt, [closed(ending) for _, ending in pairs], CLOSED, using)
    made_room = [
        state in ENDED or _leaves(run, ending, state)
        for (run, ending), state in zip(pairs, states, strict=True)
    ]
    # Whoever stores a retry may be about to stop, or busy when its time comes.
    wake.workers(states.count(State.READY), using=using)
    return Afterwards.of(run for (run, _), room in zip(pairs, made_room, strict=True) if room)


def next_state(ending: Ending, run: HeldRun, terms: Terms) -> str:
    """The state that follows an attempt's outcome. READY means: again."""
    attempt = run.attempt_count + 1
    if ending.outcome == Outcome.SUCCEEDED:
        return State.SUCCESSFUL
    if ending.outcome == Outcome.CANCELLED:
        return State.CANCELLED
    if ending.outcome == Outcome.LOST:
        again = terms.may_begin_again_after_loss(attempt, run.max_attempts)
    else:
        again = ending.retry_in is not None and attempt < run.max_attempts
    return State.READY if again else State.FAILED


def _moved(run: HeldRun, ending: Ending, state: str, now: datetime) -> tuple[Any, ...]:
    """The values of MOVED, and the run's id."""
    again = state == State.READY
    ready_at = now + timedelta(seconds=ending.retry_in or 0.0) if again else None
    leaves = _leaves(run, ending, state)
    return (
        state,
        None if leaves else ready_at,
        beyond_overlap(run.limit_key, run.rate_key, ready_at, now) if leaves else None,
        ready_at if again else run.run_after,
        _alone(run, ending),
        run.attempt_count + 1,
        *(None, None, None, None),
        run.started_at or ending.started_at,
        ending.started_at,
        None if again else ending.finished_at,
        safe.result(ending.result) if ending.outcome == Outcome.SUCCEEDED else None,
        run.pk,
    )


def _leaves(run: HeldRun, ending: Ending, state: str) -> bool:
    """Whether it gives its place at its limits to others while it waits for its retry, and asks for it again then.

    Its schedule's gate it keeps: the next run is not to begin before this one has come to its end.
    """
    return state == State.READY and ending.retry_in is not None and bool(run.limit_key or run.rate_key)


def _alone(run: HeldRun, ending: Ending) -> bool:
    """What ended by itself is no suspect any more; what was lost alone stays alone."""
    return run.alone and (ending.outcome == Outcome.LOST or Terms.from_json(run.terms).at_most_once)


def closed(ending: Ending) -> tuple[Any, ...]:
    """The values of CLOSED."""
    return (
        ending.run_id,
        ending.attempt,
        ending.outcome,
        ending.started_at,
        ending.finished_at,
        ending.held_by,
        safe.text(ending.worker, 200),
        safe.text(ending.error_class, 300),
        safe.text(ending.error),
        safe.text(ending.traceback),
        safe.text(ending.log),
        ending.progress,
    )
