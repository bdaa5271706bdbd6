"""Cancel a run: at once when it waits, by asking its worker when it runs."""

from __future__ import annotations

import uuid
from datetime import datetime

from rota.actions.audited import Act, Done, carry_out
from rota.audit.actor import Actor
from rota.exceptions import Refused
from rota.ledger.cancel import ask_to_stop, cancel_waiting
from rota.models import Run, State
from rota.queries import runs

LOOKS = 3
"""A run may begin, or end an attempt, between looking at it and cancelling it; then it is looked at again."""


def cancel(run_id: uuid.UUID, actor: Actor, reason: str = "", attempt: int | None = None) -> Run:
    """Cancel a READY or HELD run, or ask for the current attempt of a RUNNING one to be stopped.

    With `attempt`, only while that attempt is the one that runs or would be next. The run comes back as it is then:
    CANCELLED, or still RUNNING with `cancel_attempt` set. Raises UnknownName; Refused for one that has ended or is at
    another attempt.
    """

    def work(using: str, now: datetime) -> Done[Run]:
        for _ in range(LOOKS):
            run = runs.detail(run_id, using=using).run
            _check(run, attempt)
            if _cancelled(run, actor, reason, using, now):
                found = runs.detail(run_id, using=using).run
                after = {"state": found.state, "cancel_attempt": found.cancel_attempt}
                return Done(found, before={"state": run.state}, after=after)
        raise Refused(f"Run {run_id} keeps changing its state: try again.")

    asked = None if attempt is None else {"attempt": attempt}
    return carry_out(
        Act(actor=actor, verb="run.cancel", subject=str(run_id), reason=reason, asked=asked), work
    )


def _check(run: Run, attempt: int | None) -> None:
    current = run.attempt_count + 1
    if attempt is not None and attempt != current and run.state in (State.READY, State.HELD, State.RUNNING):
        raise Refused(f"Run {run.pk} is at attempt {current}, not {attempt}: nothing was cancelled.")


def _cancelled(run: Run, actor: Actor, reason: str, using: str, now: datetime) -> bool:
    if run.state in (State.READY, State.HELD):
        return cancel_waiting(run.pk, using=using, now=now, by=actor.name, reason=reason)
    if run.state == State.RUNNING:
        return ask_to_stop(run.pk, run.attempt_count + 1, using=using)
    raise Refused(f"Run {run.pk} is {run.state}: only a run that waits or runs can be cancelled.")
