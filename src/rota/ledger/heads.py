"""What stands first in each line of ready runs: where to claim next, and how long an idle worker may sleep."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connections

from rota import clock
from rota.ledger.sql import TABLE


@dataclasses.dataclass(frozen=True, slots=True)
class Head:
    """The oldest ready run of one queue and priority; `ready_at` (UTC) may be ahead."""

    queue_name: str
    priority: int
    alone: bool
    ready_at: datetime


def look(queues: Sequence[str], *, using: str) -> tuple[list[Head], datetime]:
    """One head per (queue, priority, alone) in these queues ([] is all), best first: priority, then age; and the
    database's time at which they stood there. One query.

    A loose index scan: its cost is the number of lines, whatever their length.
    """
    connection = connections[using]
    now, parameters = clock.sql_now(using)
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_statement(connection.vendor)} UNION ALL SELECT NULL, NULL, NULL, {now}", parameters
        )
        rows = cursor.fetchall()
    moment = next(_moment(row[3]) for row in rows if row[0] is None)
    found = [Head(row[0], row[1], bool(row[2]), _moment(row[3])) for row in rows if None not in row]
    wanted = [head for head in found if not queues or head.queue_name in queues]
    return sorted(wanted, key=lambda head: (-head.priority, head.ready_at)), moment


def _statement(vendor: str) -> str:
    # MySQL's index is not partial: there the lines are those of all runs ever, and the last step drops the empty ones.
    ready = "" if vendor == "mysql" else "AND ready_at IS NOT NULL"
    below = f"""(SELECT MAX(r.priority) FROM {TABLE} r
        WHERE r.queue_name = line.queue_name AND r.priority < line.priority {ready})"""  # noqa: S608 - our names
    # The name is asked for first, and its priority when the line is read: so each step is one row, and PostgreSQL
    # does not expect ten thousand, for which it would compile the statement at each claim.
    return f"""
        WITH RECURSIVE line(queue_name, priority) AS (
            SELECT q, (SELECT MAX(r.priority) FROM {TABLE} r WHERE r.queue_name = q {ready})
            FROM (SELECT MIN(queue_name) AS q FROM {TABLE} WHERE 1 = 1 {ready}) AS first
            UNION ALL
            SELECT
                CASE WHEN {below} IS NULL THEN (
                    SELECT MIN(r.queue_name) FROM {TABLE} r WHERE r.queue_name > line.queue_name {ready}
                ) ELSE line.queue_name END,
                CASE WHEN {below} IS NULL THEN (
                    SELECT MAX(r.priority) FROM {TABLE} r WHERE r.queue_name = (
                        SELECT MIN(n.queue_name) FROM {TABLE} n WHERE n.queue_name > line.queue_name {ready}) {ready}
                ) ELSE {below} END
            FROM line WHERE line.queue_name IS NOT NULL
        ), a(alone) AS (SELECT 1 = 0 UNION ALL SELECT 1 = 1)
        SELECT line.queue_name, line.priority, a.alone, (
            SELECT MIN(r.ready_at) FROM {TABLE} r WHERE r.queue_name = line.queue_name
            AND r.priority = line.priority AND r.alone = a.alone AND r.ready_at IS NOT NULL)
        FROM line CROSS JOIN a WHERE line.priority IS NOT NULL"""  # noqa: S608 - names are ours, and there are no values


def _moment(value: Any) -> datetime:
    """A time as a hand-written statement returns it, aware, in UTC."""
    found: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
