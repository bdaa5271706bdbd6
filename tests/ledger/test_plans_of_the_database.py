"""The hot statements stay cheap whatever PostgreSQL believes: on a table never analysed, and under an old snapshot."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.finish import finish
from rota.ledger.heads import look
from rota.ledger.lookout import Lookout
from tests.ledger.conftest import USING, ended, put, take

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL")

JIT_ABOVE_COST = 100_000
"""PostgreSQL's default: a statement that looks more expensive is compiled first, which takes longer than the claim."""


def plans(work: Callable[[], Any]) -> list[dict[str, Any]]:
    """What the statements of `work` on the table of runs cost, as measured; then it is done."""
    seen: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "rota_run" in sql and not many and "EXPLAIN" not in sql:
            seen.append((sql, params))
            with connection.cursor() as cursor:
                cursor.execute("SAVEPOINT explained")
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                found = cursor.fetchone()[0]
                cursor.execute("ROLLBACK TO SAVEPOINT explained")
            explained.append((found if isinstance(found, list) else json.loads(found))[0]["Plan"])
        return execute(sql, params, many, context)

    explained: list[dict[str, Any]] = []
    with connection.execute_wrapper(note):
        work()
    assert seen, "nothing was asked"
    return explained


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The plan's steps."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scans(plan: dict[str, Any]) -> set[str]:
    """How the table of runs is read: the index, or "all of it"."""
    return {
        node.get("Index Name", "all of it")
        for node in nodes(plan)
        if node.get("Relation Name") == "rota_run" and "Scan" in node["Node Type"]
    }


def blocks(plan: dict[str, Any]) -> int:
    """Pages that were touched."""
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_a_claim_on_a_table_without_statistics_reads_the_index_of_what_is_ready() -> None:
    put(3000)
    (found,) = [plan for plan in plans(lambda: take(50)) if plan["Node Type"] == "ModifyTable"]
    assert scans(found) == {"rota_run_ready", "rota_run_pkey"}


def test_storing_outcomes_on_a_table_without_statistics_goes_by_the_primary_key() -> None:
    put(3000)
    endings = [ended(run) for run in take(50)]
    (found,) = plans(lambda: finish(endings, using=USING, now=clock.now(USING)))
    assert scans(found) == {"rota_run_pkey"}


def test_looking_at_the_heads_is_never_worth_compiling() -> None:
    for queue in range(20):
        put(20, queue_name=f"q{queue}", priority=queue)
    (found,) = plans(lambda: look([], using=USING))
    assert scans(found) == {"rota_run_ready"}
    assert found["Total Cost"] < JIT_ABOVE_COST / 2


def test_what_is_deferred_costs_the_claim_nothing() -> None:
    put(100)
    (before,) = plans(lambda: look([], using=USING))
    later = clock.now(USING) + timedelta(days=1)
    put(3000, priority=50, run_after=later)
    put(3000, run_after=later)
    (after,) = plans(lambda: look([], using=USING))
    assert blocks(after) < 2 * blocks(before) + 10


@pytest.mark.django_db(transaction=True)
def test_under_an_old_snapshot_a_claim_starts_where_the_last_one_ended() -> None:
    """While somebody's report keeps an old snapshot, the index still holds everything that was claimed since."""
    for _ in range(60):
        clock.step(timedelta(milliseconds=1))
        put(100)
    report = connections.create_connection(USING)
    try:
        with report.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM rota_run")
        lookout = Lookout([], using=USING)
        lookout.look()
        for _ in range(20):
            claim(uuid.uuid4(), [], 250, using=USING, lookout=lookout)
        assert claimed_blocks(lookout) < claimed_blocks(None) / 2
    finally:
        report.close()


def claimed_blocks(lookout: Lookout | None) -> int:
    """Pages that one claim touches, with the look before it where nothing is remembered."""
    with transaction.atomic():
        found = plans(lambda: claim(uuid.uuid4(), [], 10, using=USING, lookout=lookout))
    return sum(blocks(plan) for plan in found)
