"""What running attempts have to show, as rows: a hint for people, fenced like everything else that a worker writes."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from rota.ledger import safe
from rota.ledger.chunks import chunks
from rota.ledger.connections import insistently, writing
from rota.ledger.sql import TABLE, adapted
from rota.models import OpenAttempt, Run, State

LONGEST_LOG = 66 * 1024
"""Characters: what `execution.texts` keeps, with the line that says how much is missing."""

SHOWS = ("progress", "log", "written_at")
COLUMNS = ("run_id", "number", "token", *SHOWS)


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What the attempt that holds a run with this token shows now."""

    run_id: uuid.UUID
    token: int
    progress: dict[str, Any] | None
    log: str


def show(shown: Sequence[Shown], *, using: str, now: datetime) -> None:
    """Write these in as few statements as can be, each in place of what its run showed before.

    An attempt that no longer holds its run (it has ended, or was taken over) writes nothing.
    """
    for some in chunks(shown, MOST):
        insistently(partial(_show, some, using, now), using)


def last_shown(
    claims: Collection[tuple[uuid.UUID, int | None]], *, using: str
) -> dict[uuid.UUID, OpenAttempt]:
    """What these attempts (run id, token) showed last; one query."""
    if not claims:
        return {}
    rows = OpenAttempt.objects.using(using).filter(pk__in=[run_id for run_id, _ in claims])
    return {row.pk: row for row in rows if (row.pk, row.token) in claims}


def forget_ended(*, using: str) -> int:
    """Remove the rows of attempts that no longer hold their run; returns how many."""
    # Looking first: most of the time there is nothing, and then nothing is locked.
    if not _ended(using).exists():
        return 0
    with writing(using):
        return _ended(using).delete()[0]


def _ended(using: str) -> QuerySet[OpenAttempt]:
    held = Run.objects.using(using).filter(
        pk=OuterRef("run_id"), token=OuterRef("token"), state=State.RUNNING
    )
    return OpenAttempt.objects.using(using).exclude(Exists(held))


MOST = 100
"""Attempts in one statement: SQLite takes no more than 500 parts."""


def _show(shown: Sequence[Shown], using: str, now: datetime) -> None:
    connection = connections[using]
    columns = ", ".join(COLUMNS)
    one = (
        f"SELECT id, attempt_count + 1, token, {', '.join(_typed(name, using) for name in SHOWS)} "  # noqa: S608
        f"FROM {TABLE} WHERE id = %s AND token = %s AND state = '{State.RUNNING}'"
    )
    mysql = connection.vendor == "mysql"
    upsert = "ON DUPLICATE KEY UPDATE" if mysql else "ON CONFLICT (run_id) DO UPDATE SET"
    new = "VALUES({0})" if mysql else "excluded.{0}"
    changes = ", ".join(f"{name} = {new.format(name)}" for name in COLUMNS[1:])
    statement = (
        f"INSERT INTO {OpenAttempt._meta.db_table} ({columns}) "
        f"{' UNION ALL '.join([one] * len(shown))} {upsert} {changes}"
    )
    parameters = [value for each in shown for value in _parameters(each, using, now)]
    with writing(using), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _typed(name: str, using: str) -> str:
    """PostgreSQL takes a text or NULL in a UNION for a text, whatever the column."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return "%s"
    return f"%s::{OpenAttempt._meta.get_field(name).db_type(connection)}"


def _parameters(shown: Shown, using: str, now: datetime) -> list[Any]:
    values = (shown.progress, safe.text(shown.log, LONGEST_LOG), now)
    return [
        *adapted(OpenAttempt, SHOWS, values, using),
        *adapted(OpenAttempt, ("run_id", "token"), (shown.run_id, shown.token), using),
    ]
