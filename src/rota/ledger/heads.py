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


def heads(queues: Sequence[str], *, using: str) -> list[Head]:
    """One head per (queue, priority, alone) in these queues ([] is all), best first: priority, then age.

    A loose index scan: its cost is the number of lines, whatever their length.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor))
        rows = cursor.fetchall()
    found = [_head(row, connection) for row in rows if row[3] is not None]
    wanted = [head for head in found if not queues or head.queue_name in queues]
    return sorted(wanted, key=lambda head: (-head.priority, head.ready_at))


def ready_heads(queues: Sequence[str], *, using: str) -> list[Head]:
    """The heads whose time has come, by the database's clock."""
    found = heads(queues, using=using)
    if not found:
        return []
    now = clock.now(using)
    return [head for head in found if head.ready_at <= now]


def _statement(vendor: str) -> str:
    # MySQL's index is not partial: there the lines are those of all runs ever, and the last step drops the empty ones.
    ready = "" if vendor == "mysql" else "AND ready_at IS NOT NULL"
    return f"""
        WITH RECURSIVE q(queue_name) AS (
            SELECT (SELECT MIN(queue_name) FROM {TABLE} WHERE 1 = 1 {ready})
            UNION ALL
            SELECT (SELECT MIN(r.queue_name) FROM {TABLE} r WHERE r.queue_name > q.queue_name {ready})
            FROM q WHERE q.queue_name IS NOT NULL
        ), p(queue_name, priority) AS (
            SELECT q.queue_name,
                (SELECT MAX(r.priority) FROM {TABLE} r WHERE r.queue_name = q.queue_name {ready})
            FROM q WHERE q.queue_name IS NOT NULL
            UNION ALL
            SELECT p.queue_name, (
                SELECT MAX(r.priority) FROM {TABLE} r
                WHERE r.queue_name = p.queue_name AND r.priority < p.priority {ready})
            FROM p WHERE p.priority IS NOT NULL
        ), a(alone) AS (SELECT 1 = 0 UNION ALL SELECT 1 = 1)
        SELECT p.queue_name, p.priority, a.alone, (
            SELECT MIN(r.ready_at) FROM {TABLE} r WHERE r.queue_name = p.queue_name
            AND r.priority = p.priority AND r.alone = a.alone AND r.ready_at IS NOT NULL)
        FROM p CROSS JOIN a WHERE p.priority IS NOT NULL"""  # noqa: S608 - names are ours, and there are no values


def _head(row: tuple[Any, ...], connection: Any) -> Head:
    queue_name, priority, alone, ready_at = row
    if isinstance(ready_at, str):
        ready_at = datetime.fromisoformat(ready_at)
    if ready_at.tzinfo is None:
        ready_at = ready_at.replace(tzinfo=UTC)
    return Head(queue_name, priority, bool(alone), ready_at)
