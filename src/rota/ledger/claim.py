"""Hand ready runs to a worker: READY to RUNNING, with a fence. Nobody else gets them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connections

from rota import clock
from rota.ledger.connections import insistently, writing
from rota.ledger.heads import Head
from rota.ledger.lookout import Lookout
from rota.ledger.sql import TABLE, adapted, reader
from rota.models import Run, State
from rota.models.ids import new_token
from rota.policies import Terms


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """A run that a worker holds: what to call, and the fence that every later write must carry."""

    run_id: uuid.UUID
    token: int
    attempt: int
    terms: Terms
    max_attempts: int
    task_path: str
    args: list[Any]
    kwargs: dict[str, Any]
    backend: str
    queue_name: str
    priority: int
    run_after: datetime | None
    enqueued_at: datetime
    due_at: datetime | None
    nominal_at: datetime | None
    recovered: bool
    alone: bool
    origin: str
    schedule_id: int | None
    batch_id: uuid.UUID | None = None
    gate_key: str = ""
    limit_key: str | None = None

    @property
    def watched(self) -> bool:
        """Whether its end concerns more than itself: a gate may open, a batch may be complete, a suspicion is over."""
        return bool(self.gate_key or self.limit_key or self.batch_id or self.alone)


LINE = ("queue_name", "priority", "alone", "ready_at")
READ = ("id", "attempt_count", "terms", *[field.name for field in dataclasses.fields(Claimed)[4:]])


def claim(
    holder: uuid.UUID,
    queues: Sequence[str],
    limit: int,
    *,
    using: str,
    unknown: Collection[str] = (),
    lookout: Lookout | None = None,
) -> list[Claimed]:
    """Up to `limit` runs of these queues ([] is all), by priority, then by age; none of the tasks in `unknown`.

    A run that must be claimed alone comes by itself. The claim is not an attempt: that begins with the task. Who
    claims again and again brings its `lookout` along, for the same queues, and has looked.
    """
    if lookout is None:
        lookout = Lookout(queues, using=using)
        lookout.look()
    token = new_token()
    runs: list[Claimed] = []
    for head in list(lookout.ready):
        if head.alone and runs:
            break
        wanted = 1 if head.alone else limit - len(runs)
        taken = _take(head, wanted, holder, token, sorted(unknown), using)
        lookout.took(head, _ready_since(taken), all_wanted=len(taken) == wanted)
        runs += taken
        if len(runs) >= limit or (head.alone and runs):
            break
    return runs


def _ready_since(taken: Sequence[Claimed]) -> datetime | None:
    """A moment before which none of these was ready."""
    return min((run.run_after or run.enqueued_at for run in taken), default=None)


def _take(
    head: Head, limit: int, holder: uuid.UUID, token: int, unknown: list[str], using: str
) -> list[Claimed]:
    mysql = connections[using].vendor == "mysql"
    take: Callable[..., Sequence[Sequence[Any]]] = _take_locking if mysql else _take_returning
    # Once committed it must not be taken again: the answer may be lost, and with it runs that nobody would know of.
    work = partial(take, head, limit, holder, token, unknown, using)
    rows = insistently(work, using, repeatable=False)
    runs = [_claimed(row, token) for row in rows]
    return sorted(runs, key=lambda run: (run.run_after or run.enqueued_at, run.run_id))


def _take_returning(
    head: Head, limit: int, holder: uuid.UUID, token: int, unknown: list[str], using: str
) -> list[list[Any]]:
    """PostgreSQL and SQLite: one statement."""
    skip_locked = "FOR UPDATE SKIP LOCKED" if connections[using].vendor == "postgresql" else ""
    now, now_parameters = clock.sql_now(using)
    others = f"AND task_path NOT IN ({', '.join(['%s'] * len(unknown))})" if unknown else ""
    statement = f"""
        WITH picked AS MATERIALIZED (
            SELECT id FROM {TABLE}
            WHERE queue_name = %s AND priority = %s AND alone = %s AND ready_at >= %s AND ready_at <= {now} {others}
            ORDER BY ready_at, id LIMIT %s {skip_locked}
        )
        UPDATE {TABLE} SET state = %s, ready_at = NULL, token = %s, held_by = %s, claimed_at = {now}
        WHERE id IN (SELECT id FROM picked) RETURNING {", ".join(READ)}"""  # noqa: S608 - our names, our parameters
    where = adapted(Run, LINE, [getattr(head, name) for name in LINE], using)
    values = adapted(Run, ("state", "token", "held_by"), (State.RUNNING, token, holder), using)
    with writing(using), connections[using].cursor() as cursor:
        cursor.execute(statement, [*where, *now_parameters, *unknown, limit, *values, *now_parameters])
        return [*map(reader(READ, using), cursor.fetchall())]


def _take_locking(
    head: Head, limit: int, holder: uuid.UUID, token: int, unknown: list[str], using: str
) -> list[tuple[Any, ...]]:
    """MySQL and MariaDB have no UPDATE … RETURNING: lock, update, and believe only what carries our token."""
    now = clock.now(using)
    runs = Run.objects.using(using)
    with writing(using):
        line = runs.filter(queue_name=head.queue_name, priority=head.priority, alone=head.alone)
        ready = line.filter(ready_at__gte=head.ready_at, ready_at__lte=now).exclude(task_path__in=unknown)
        ids = list(
            ready.order_by("ready_at", "id")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:limit]
        )
        runs.filter(pk__in=ids).update(
            state=State.RUNNING, ready_at=None, token=token, held_by=holder, claimed_at=now
        )
        return list(runs.filter(pk__in=ids, token=token).values_list(*READ))


def _claimed(row: Sequence[Any], token: int) -> Claimed:
    run_id, attempts, terms, *copied = row
    return Claimed(run_id, token, attempts + 1, Terms.from_json(terms), *copied)
