"""Dead letters: run again, or leave as they are."""

from __future__ import annotations

import uuid
from datetime import datetime

from rota import conf
from rota.actions.audited import Act, Done, carry_out
from rota.actions.receipt import Receipt
from rota.audit.actor import Actor
from rota.exceptions import Refused
from rota.ledger import gates
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.settle import settle
from rota.models import Origin, Overlap, Run, State
from rota.policies import Terms
from rota.queries import runs

AGAIN = (State.FAILED, State.CANCELLED)


def retry(run_id: uuid.UUID, actor: Actor, reason: str = "") -> Receipt:
    """Queue a new run of what a FAILED or CANCELLED one was to do: same arguments, terms, schedule and instant.

    The old one is settled and names the new one. Of two who retry the same run, one is refused and told of the run
    that the other made. Raises UnknownName; Refused for a run in another state or one that is settled.
    """

    def work(using: str, now: datetime) -> Done[tuple[Receipt, Run]]:
        old = runs.detail(run_id, using=using).run
        _refuse_unless_open(old, "run again")
        new = enqueue([order_again(old, actor)], using=using, now=now)[0]
        if not settle(old.pk, retry_note(new.pk, actor), using=using, now=now):
            _refuse_unless_open(runs.detail(run_id, using=using).run, "run again")
            raise Refused(f"Run {old.pk} was changed by somebody else just now.")
        return Done((_receipt(old, new), new), before={"state": old.state}, after={"run_id": str(new.pk)})

    receipt, new = carry_out(Act(actor=actor, verb="run.retry", subject=str(run_id), reason=reason), work)
    gates.admit_after_commit([new], using=conf.current().DATABASE)
    return receipt


def discard(run_id: uuid.UUID, actor: Actor, reason: str = "") -> Run:
    """Decide that a FAILED or CANCELLED run is not run again. It stays FAILED, and no longer waits for anybody.

    Raises UnknownName; Refused for a run in another state or one that is settled.
    """

    def work(using: str, now: datetime) -> Done[Run]:
        old = runs.detail(run_id, using=using).run
        _refuse_unless_open(old, "discarded")
        note = discard_note(actor, reason)
        if not settle(old.pk, note, using=using, now=now):
            _refuse_unless_open(runs.detail(run_id, using=using).run, "discarded")
            raise Refused(f"Run {old.pk} was changed by somebody else just now.")
        return Done(
            runs.detail(run_id, using=using).run, before={"state": old.state}, after={"settled": note}
        )

    return carry_out(Act(actor=actor, verb="run.discard", subject=str(run_id), reason=reason), work)


def _refuse_unless_open(run: Run, what: str) -> None:
    if run.state not in AGAIN:
        raise Refused(f"Run {run.pk} is {run.state}: only a run that is FAILED or CANCELLED can be {what}.")
    if run.settled_at is not None:
        raise Refused(f"Run {run.pk} is settled already: {run.settled_note}.")


def retry_note(new: uuid.UUID, actor: Actor) -> str:
    """What a dead letter says of the run that stands for it."""
    return f"run again as {new} by {actor.name}"


def discard_note(actor: Actor, reason: str) -> str:
    """What a discarded dead letter says."""
    return f"discarded by {actor.name}" + (f": {reason}" if reason else "")


def order_again(old: Run, actor: Actor, run_after: datetime | None = None) -> Order:
    """What `old` was to do, for a new run that names it; not before `run_after` (aware).

    A batch that is not finished yet waits for the new run too; one that is finished stays so, without it.
    """
    going_on = old.batch is not None and old.batch.finished_at is None
    return Order(
        task_path=old.task_path, args=old.args, kwargs=old.kwargs, queue_name=old.queue_name, priority=old.priority,
        backend=old.backend, terms=Terms.from_json(old.terms), origin=Origin.RETRY,
        requested_by=actor.name[:200], schedule=old.schedule, version=old.version,
        nominal_at=old.nominal_at or old.due_at, retry_of=old.pk, run_after=run_after,
        batch_id=old.batch_id if going_on else None,
        # It waits for its turn: a retry that is skipped because another run is going on would be lost work.
        overlap=Overlap.QUEUE if old.gate_key else "", limit_key=old.limit_key, rate_key=old.rate_key,
    )  # fmt: skip


def _receipt(old: Run, new: Run) -> Receipt:
    schedule = old.schedule
    return Receipt(
        run_id=new.pk, key=schedule.key if schedule else "", task_path=new.task_path, queue_name=new.queue_name,
        title=(schedule.title or schedule.key) if schedule else new.task_path.rpartition(".")[2],
        queued_at=new.enqueued_at, requested_by=new.requested_by, args=new.args, kwargs=new.kwargs, state=new.state,
    )  # fmt: skip
