"""Run now: queue one run of a schedule or a task at once, and never wait for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rota import conf
from rota.actions.audited import Act, Done, carry_out
from rota.actions.naming import Meant, meant_by
from rota.actions.receipt import Receipt
from rota.actions.wanted import merged
from rota.audit.actor import Actor
from rota.exceptions import InvalidInput, Refused
from rota.ledger import gates, keys
from rota.ledger.enqueue import Order, place
from rota.models import Origin, Run
from rota.queries import calendars
from rota.schedules import limiting

LONGEST_KEY = 200


def run_now(
    name: str,
    actor: Actor,
    *,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
    dry_run: bool = False,
) -> Receipt:
    """Queue one run of what `name` means (a schedule's key, else a task). The next scheduled run is not changed.

    `kwargs` go over the schedule's stored ones. The same `idempotency_key` again gives the same run. A paused schedule
    may be run by hand; a retired one is refused. Raises UnknownName (nothing has that name), Refused (several have
    it, or it is retired), InvalidInput (arguments that do not fit), each audited as TASK_EXECUTION_FAILED.
    """
    asked = {"args": args, "kwargs": kwargs, "dry_run": dry_run}
    act = Act(
        actor=actor, verb="TASK_EXECUTION_STARTED", failed="TASK_EXECUTION_FAILED", subject=name[:250],
        reason=reason, asked={key: value for key, value in asked.items() if value},
    )  # fmt: skip

    def work(using: str, now: datetime) -> Done[tuple[Receipt, Run | None]]:
        meant = meant_by(name, using=using)
        order = _ordered(meant, actor, args, kwargs, _unique(idempotency_key))
        run, replayed = (None, False) if dry_run else _queued(order, using, now)
        receipt = _receipt(meant, order, run, now, replayed)
        return Done((receipt, run), after=_told(receipt), subject=receipt.key or receipt.task_path)

    receipt, run = carry_out(act, work)
    return receipt if run is None else _through_the_gate(receipt, run)


def _unique(idempotency_key: str | None) -> str | None:
    if idempotency_key is None:
        return None
    if not 1 <= len(idempotency_key) <= LONGEST_KEY or "\x00" in idempotency_key:
        got = len(idempotency_key)
        raise InvalidInput(f"idempotency key: expected 1 to {LONGEST_KEY} characters, got {got}.")
    return keys.unique_key("now", idempotency_key)


def _ordered(
    meant: Meant,
    actor: Actor,
    args: Sequence[Any] | None,
    kwargs: Mapping[str, Any] | None,
    unique_key: str | None,
) -> Order:
    schedule, said = meant.schedule, meant.definition
    if schedule is not None and schedule.retired_at is not None:
        raise Refused(f"{schedule.key} is retired since {schedule.retired_at:%Y-%m-%d %H:%M} UTC.")
    kept = merged(said, args, kwargs)
    limit_key, rate_key = limiting.of_definition(said, *kept)
    return Order(
        task_path=said.task_path, args=kept[0], kwargs=kept[1], queue_name=said.queue_name, priority=said.priority,
        backend=said.backend, terms=said.terms, origin=Origin.MANUAL, requested_by=actor.name[:200],
        schedule=schedule, version=schedule.version if schedule else None, overlap=said.overlap,
        limit_key=limit_key, rate_key=rate_key, unique_key=unique_key,
    )  # fmt: skip


def _queued(order: Order, using: str, now: datetime) -> tuple[Run, bool]:
    run, created = place([order], using=using, now=now)[0]
    if not created and (run.schedule_id, run.task_path) != (
        order.schedule and order.schedule.pk,
        order.task_path,
    ):
        raise Refused(
            f"This idempotency key was used for something else already: run {run.pk} of {run.task_path}."
        )
    return run, not created


def _receipt(meant: Meant, order: Order, run: Run | None, now: datetime, replayed: bool) -> Receipt:
    schedule = meant.schedule
    return Receipt(
        run_id=run.pk if run else None,
        key=schedule.key if schedule else "",
        title=(schedule.title or schedule.key) if schedule else order.task_path.rpartition(".")[2],
        task_path=order.task_path,
        queue_name=order.queue_name,
        queued_at=run.enqueued_at if run else now,
        requested_by=order.requested_by,
        args=run.args if run else order.args,
        kwargs=run.kwargs if run else order.kwargs,
        state=run.state if run else "READY",
        replayed=replayed,
        dry_run=run is None,
        next_run=next(iter(calendars.upcoming(schedule, now)), None) if schedule else None,
    )


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "run_id": str(receipt.run_id) if receipt.run_id else None, "task": receipt.task_path, "args": receipt.args,
        "kwargs": receipt.kwargs, "replayed": receipt.replayed, "dry_run": receipt.dry_run,
    }  # fmt: skip


def _through_the_gate(receipt: Receipt, run: Run) -> Receipt:
    """Let the gate decide once the run is committed, and say what it decided."""
    using = conf.current().DATABASE
    gates.admit_after_commit([run], using=using)
    # Inside a caller's transaction the gate has not looked yet, and the row still says READY.
    found = Run.objects.using(using).only("state", "reason", "detail").get(pk=run.pk)
    return dataclasses.replace(receipt, state=found.state, reason=found.reason, detail=found.detail)
