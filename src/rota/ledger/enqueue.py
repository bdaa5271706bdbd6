"""Write what somebody asked for into the ledger."""

from __future__ import annotations

import contextlib
import dataclasses
import operator
import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from rota.ledger import keys, wake
from rota.ledger.connections import insistently
from rota.ledger.sql import insert_each
from rota.models import Origin, Run, Schedule, State
from rota.models.ids import new_id
from rota.models.states import ENDED
from rota.policies import Terms

COLUMNS = [field.attname for field in Run._meta.concrete_fields]

TRIES = 10
"""How often a key is asked for that others take and give up meanwhile."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Order:
    """One thing to be done: a task with its arguments, when at the earliest, on what terms, for whom.

    `unique_key` is taken for good, unless `until_end`: then a run that has ended gives it up to this one.
    """

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
    limit_key: str | None = None
    rate_key: str | None = None
    unique_key: str | None = None
    until_end: bool = False
    retry_of: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None


class Placed(NamedTuple):
    """The run of an order: a new one, or the earlier one that has its key."""

    run: Run
    created: bool


def enqueue(orders: Sequence[Order], *, using: str, now: datetime) -> list[Run]:
    """The runs of `place`, whether they are new or not."""
    return [placed.run for placed in place(orders, using=using, now=now)]


def place(orders: Sequence[Order], *, using: str, now: datetime) -> list[Placed]:
    """Insert one READY run per order, in the caller's transaction if there is one; all of them or none.

    An order whose `unique_key` is taken inserts nothing: the run that has it comes back in its place, also when
    somebody else takes it in this moment. Runs with a gate wait outside the ready index: call
    `gates.admit_after_commit(runs, ...)`.
    """
    runs = [build(order, now) for order in orders]
    if any(order.unique_key for order in orders):
        reopened = {order.unique_key for order in orders if order.unique_key and order.until_end}
        # Once committed it must not be done again: the runs without a key would be found to be there.
        placed = insistently(partial(_place_keyed, runs, reopened, using), using, repeatable=False)
    else:
        insert(runs, using=using)
        placed = [Placed(run, created=True) for run in runs]
    wake.for_runs((each.run for each in placed if each.created), using=using)
    return placed


def insert(runs: Sequence[Run], *, using: str) -> None:
    """Write these new runs, in the caller's transaction if there is one, else in one of their own."""
    # One statement is a transaction by itself; to open one would cost two more turns.
    block = transaction.atomic(using=using, savepoint=False) if len(runs) > 1 else contextlib.nullcontext()
    with block:
        insert_each(Run, [_values(run) for run in runs], COLUMNS, using)
    for run in runs:
        run._state.adding, run._state.db = False, using


def build(order: Order, now: datetime) -> Run:
    """The unsaved ledger row of an order."""
    gate = gate_key(order)
    waits_at = keys.first(gate, order.limit_key, order.rate_key, order.run_after, now)
    values = _DEFAULTS | {
        "id": new_id(),
        "state": State.READY,
        "ready_at": None if waits_at else max(order.run_after or now, now),
        "waits_at": waits_at,
        "enqueued_at": now,
        "gate_key": gate,
        "overlap": order.overlap if gate else "",
        "terms": order.terms.to_json(),
        "max_attempts": order.terms.max_attempts,
        "alone": order.terms.at_most_once,
        **dict(zip(_COPIED, _copied(order), strict=True)),
    }
    # As if read from the database: a model that is given its values by name takes three times as long.
    run = Run.from_db(None, COLUMNS, [values[name] for name in COLUMNS])
    if order.schedule is not None:
        run.schedule = order.schedule
    return run


_COPIED = (
    "task_path", "args", "kwargs", "queue_name", "priority", "backend", "run_after", "origin", "requested_by",
    "version", "nominal_at", "limit_key", "rate_key", "unique_key", "retry_of", "batch_id",
)  # fmt: skip
_copied = operator.attrgetter(*_COPIED)
_values = operator.attrgetter(*COLUMNS)
_DEFAULTS = {field.attname: field.get_default() for field in Run._meta.concrete_fields if field.name != "id"}


def gate_key(order: Order) -> str:
    """The key that runs of one schedule queue behind, or "" when they may overlap."""
    if order.schedule is None or order.overlap in ("", "allow"):
        return ""
    return keys.key_for(order.schedule.pk)


def _place_keyed(runs: Sequence[Run], reopened: set[str], using: str) -> list[Placed]:
    """All at once when nobody has one of the keys; else those with a key one by one.

    In the order of the keys: two who ask for the same ones wait for each other instead of locking each other out.
    """
    firsts = {run.unique_key or run.pk.hex: run for run in reversed(runs)}
    with transaction.atomic(using=using, savepoint=False):
        plain = [run for run in firsts.values() if run.unique_key is None]
        insert(plain[::-1], using=using)
        keyed = sorted(
            (run for run in firsts.values() if run.unique_key), key=lambda run: str(run.unique_key)
        )
        placed = _all_at_once(keyed, using) or [_one(run, run.unique_key in reopened, using) for run in keyed]
    found = dict(zip((run.unique_key for run in keyed), placed, strict=True))
    return [_of(run, found) for run in runs]


def _of(run: Run, found: dict[str | None, Placed]) -> Placed:
    if run.unique_key is None:
        return Placed(run, created=True)
    placed = found[run.unique_key]
    # The same key twice in one call: the first made the run.
    return Placed(placed.run, created=placed.created and placed.run is run)


def _all_at_once(runs: Sequence[Run], using: str) -> list[Placed]:
    """The new runs, or nothing when one of the keys is taken."""
    if Run.objects.using(using).filter(unique_key__in=[run.unique_key for run in runs]).exists():
        return []
    try:
        with transaction.atomic(using=using):
            insert(runs, using=using)
    except IntegrityError:
        return []
    return [Placed(run, created=True) for run in runs]


def _one(run: Run, reopened: bool, using: str) -> Placed:
    """Insert it, or find who has its key. The unique key decides, however many ask at once."""
    last = IntegrityError()
    for _ in range(TRIES):
        earlier = Run.objects.using(using).filter(unique_key=run.unique_key).first()
        if earlier is not None and not (reopened and earlier.state in ENDED):
            return Placed(earlier, created=False)
        if earlier is not None:
            _give_up_key(earlier, using)
        try:
            with transaction.atomic(using=using):
                insert([run], using=using)
            return Placed(run, created=True)
        except IntegrityError as error:
            last = error
    raise last


def _give_up_key(earlier: Run, using: str) -> None:
    """In the transaction that takes it. Nobody but the asker writes a run that has ended."""
    ended = Run.objects.using(using).filter(pk=earlier.pk, unique_key=earlier.unique_key, state__in=ENDED)
    ended.update(unique_key=None)
