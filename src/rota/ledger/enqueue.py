"""Write what somebody asked for into the ledger."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from rota.ledger.gates import key_for
from rota.ledger.sql import insert_each
from rota.models import Origin, Run, Schedule, State
from rota.models.ids import new_id
from rota.policies import Terms

COLUMNS = [field.attname for field in Run._meta.concrete_fields]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """One thing to be done: a task with its arguments, when at the earliest, on what terms, for whom."""

    task_path: str
    args: list[Any] = dataclasses.field(default_factory=list)
    kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    queue_name: str = "default"
    priority: int = 0
    backend: str = "default"
    run_after: datetime | None = None
    terms: Terms = dataclasses.field(default_factory=Terms)
    origin: str = Origin.ENQUEUE
    requested_by: str = ""
    schedule: Schedule | None = None
    version: int | None = None
    nominal_at: datetime | None = None
    overlap: str = ""
    unique_key: str | None = None
    retry_of: uuid.UUID | None = None


def enqueue(orders: Sequence[Order], *, using: str, now: datetime) -> list[Run]:
    """Insert one READY run per order, in the caller's transaction if there is one.

    An order whose `unique_key` is taken inserts nothing: the run that has it comes back in its place. Runs with a
    gate wait outside the ready index: call `gates.admit(gates.keys_of(runs), ...)` once they are committed.
    """
    runs = [build(order, now) for order in orders]
    keyed = [order.unique_key for order in orders if order.unique_key is not None]
    if keyed:
        return [_insert_once(run, using) for run in runs]
    insert(runs, using=using)
    return runs


def insert(runs: Sequence[Run], *, using: str) -> None:
    """Write these new runs, in the caller's transaction if there is one, else in one of their own."""
    with transaction.atomic(using=using, savepoint=False):
        insert_each(Run, [[getattr(run, name) for name in COLUMNS] for run in runs], COLUMNS, using)
    for run in runs:
        run._state.adding, run._state.db = False, using


def build(order: Order, now: datetime) -> Run:
    """The unsaved ledger row of an order."""
    gate = gate_key(order)
    ready_at = None if gate else max(order.run_after or now, now)
    return Run(
        id=new_id(),
        state=State.READY,
        ready_at=ready_at,
        enqueued_at=now,
        gate_key=gate,
        overlap=order.overlap if gate else "",
        terms=order.terms.to_json(),
        max_attempts=order.terms.max_attempts,
        alone=order.terms.at_most_once,
        **{name: getattr(order, name) for name in _COPIED},
    )


_COPIED = (
    "task_path", "args", "kwargs", "queue_name", "priority", "backend", "run_after", "origin", "requested_by",
    "schedule", "version", "nominal_at", "unique_key", "retry_of",
)  # fmt: skip


def gate_key(order: Order) -> str:
    """The key that runs of one schedule queue behind, or "" when they may overlap."""
    if order.schedule is None or order.overlap in ("", "allow"):
        return ""
    return key_for(order.schedule.pk)


def _insert_once(run: Run, using: str) -> Run:
    if run.unique_key is None:
        run.save(using=using, force_insert=True)
        return run
    try:
        with transaction.atomic(using=using):
            run.save(using=using, force_insert=True)
        return run
    except IntegrityError:
        return Run.objects.using(using).get(unique_key=run.unique_key)
