"""Dead letters: run again, or leave as they are."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial

from django.db import transaction

from rota import conf
from rota.actions.audited import Act, Done, carry_out
from rota.actions.gate import admit
from rota.actions.receipt import Receipt
from rota.audit.actor import Actor
from rota.exceptions import Refused
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
        new = enqueue([_order(old, actor)], using=using, now=now)[0]
        if not settle(old.pk, f"run again as {new.pk} by {actor.name}", using=using, now=now):
            _refuse_unless_open(runs.detail(run_id, using=using).run, "run again")
            raise Refused(f"Run {old.pk} was changed by somebody else just now.")
        return Done((_receipt(old, new), new), before={"state": old.state}, after={"run_id": str(new.pk)})

    receipt, new = carry_out(Act(actor=actor, verb="run.retry", subject=str(run_id), reason=reason), work)
    using = conf.current().DATABASE
    transaction.on_commit(partial(admit, [new], using), using=using)
    return receipt


def discard(run_id: uuid.UUID, actor: Actor, reason: str = "") -> Run:
    """Decide that a FAILED or CANCELLED run is not run again. It stays FAILED, and no longer waits for anybody.

    Raises UnknownName; Refused for a run in another state or one that is settled.
    """

    def work(using: str, now: datetime) -> Done[Run]:
        old = runs.detail(run_id, using=using).run
        _refuse_unless_open(old, "discarded")
        note = f"discarded by {actor.name}" + (f": {reason}" if reason else "")
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


def _order(old: Run, actor: Actor) -> Order:
    return Order(
        task_path=old.task_path, args=old.args, kwargs=old.kwargs, queue_name=old.queue_name, priority=old.priority,
        backend=old.backend, terms=Terms.from_json(old.terms), origin=Origin.RETRY,
        requested_by=actor.name[:200], schedule=old.schedule, version=old.version,
        nominal_at=old.nominal_at or old.due_at, retry_of=old.pk,
        # It waits for its turn: a retry that is skipped because another run is going on would be lost work.
        overlap=Overlap.QUEUE if old.gate_key else "",
    )  # fmt: skip


def _receipt(old: Run, new: Run) -> Receipt:
    schedule = old.schedule
    return Receipt(
        run_id=new.pk, key=schedule.key if schedule else "", task_path=new.task_path, queue_name=new.queue_name,
        title=(schedule.title or schedule.key) if schedule else new.task_path.rpartition(".")[2],
        queued_at=new.enqueued_at, requested_by=new.requested_by, args=new.args, kwargs=new.kwargs, state=new.state,
    )  # fmt: skip
