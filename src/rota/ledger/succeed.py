"""The hot path of the end: successes of runs that nothing waits for, written as one compare-and-set each.

Everything else (failures, retries, gates, batches) is read under a lock and decided in Python, by `close`. What is
written here needs no reading: the worker knows the row that it holds, and the token in the statement is the fence.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections

from rota.ledger import safe
from rota.ledger.close import CLOSED, closed
from rota.ledger.ending import Ending
from rota.ledger.sql import TABLE, insert_each, update_each
from rota.models import Attempt, Outcome, State

ENDED = {
    "attempt_count": "%s",
    "started_at": "COALESCE(started_at, %s)",
    "last_attempted_at": "%s",
    "finished_at": "%s",
    "result": "%s",
}
FIXED = (
    f"state = '{State.SUCCESSFUL}', token = NULL, held_by = NULL, claimed_at = NULL, cancel_attempt = NULL"
)


LARGEST = 32 * 1024 * 1024
"""Characters of JSON in one statement."""


class Overtaken(Exception):
    """Some of these runs are held by others: nothing may stay written, and each is to be looked at."""


def can_succeed(ending: Ending, using: str) -> bool:
    """Whether this ending takes the hot path. MySQL cannot say reliably which rows a statement has hit."""
    return ending.outcome == Outcome.SUCCEEDED and not ending.watched and connections[using].vendor != "mysql"


def succeed(endings: Sequence[Ending], *, using: str) -> set[uuid.UUID]:
    """Write plain successes in the caller's transaction; returns the ids of the runs that were still held.

    Raises Overtaken where the database cannot say which of them were.
    """
    if connections[using].vendor == "postgresql":
        return _in_one_statement(endings, using)
    _all_or_nothing(endings, using)
    return {ending.run_id for ending in endings}


# Two things keep PostgreSQL from scanning the table, whatever its statistics say. The state is not asked for: a run has
# a token only while it is RUNNING. And a condition that always holds, but looks as if it hardly ever did, lets the
# planner expect one row, for which it takes the primary key.
_STATEMENT = f"""
    WITH e AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(%s::jsonb) AS e(
            id uuid, token bigint, number smallint, started_at timestamptz, finished_at timestamptz,
            held_by uuid, worker text, result jsonb, log text, progress jsonb)
        WHERE abs(e.number) = e.number
    ), ended AS (
        UPDATE {TABLE} r SET {FIXED}, attempt_count = e.number, started_at = COALESCE(r.started_at, e.started_at),
            last_attempted_at = e.started_at, finished_at = e.finished_at, result = e.result
        FROM e WHERE r.id = e.id AND r.token = e.token RETURNING e.*
    )
    INSERT INTO {Attempt._meta.db_table} (run_id, number, outcome, started_at, finished_at, held_by, worker,
        error_class, error, traceback, log, progress)
    SELECT id, number, '{Outcome.SUCCEEDED}', started_at, finished_at, held_by, worker, '', '', '', log, progress
    FROM ended RETURNING run_id"""  # noqa: S608 - our names, our parameters


def _in_one_statement(endings: Sequence[Ending], using: str) -> set[uuid.UUID]:
    stored: set[uuid.UUID] = set()
    with connections[using].cursor() as cursor:
        for rows in _bounded([json.dumps(_record(ending)) for ending in endings]):
            cursor.execute(_STATEMENT, [f"[{', '.join(rows)}]"])
            stored |= {run_id for (run_id,) in cursor.fetchall()}
    return stored


def _bounded(records: Sequence[str]) -> Iterator[list[str]]:
    """One statement for all of them, unless what they hold is large: jsonb takes no more than 256 MB."""
    some: list[str] = []
    size = 0
    for record in records:
        if some and size + len(record) > LARGEST:
            yield some
            some, size = [], 0
        some.append(record)
        size += len(record)
    yield some


def _record(ending: Ending) -> dict[str, Any]:
    return {
        "id": ending.run_id.hex,
        "token": ending.token,
        "number": ending.attempt,
        "started_at": ending.started_at.isoformat(),
        "finished_at": ending.finished_at.isoformat(),
        "held_by": ending.held_by.hex,
        "worker": safe.text(ending.worker, 200),
        "result": safe.result(ending.result),
        "log": safe.text(ending.log),
        "progress": ending.progress,
    }


def _all_or_nothing(endings: Sequence[Ending], using: str) -> None:
    """SQLite: statements sent together say how many rows they hit, not which."""
    hit = update_each([_ended(ending) for ending in endings], ENDED, using, fixed=FIXED, keys=("id", "token"))
    if hit != len(endings):
        raise Overtaken
    insert_each(Attempt, [closed(ending) for ending in endings], CLOSED, using)


def _ended(ending: Ending) -> tuple[Any, ...]:
    """The values of ENDED, and of the keys."""
    return (
        ending.attempt, ending.started_at, ending.started_at, ending.finished_at, safe.result(ending.result),
        ending.run_id, ending.token,
    )  # fmt: skip
