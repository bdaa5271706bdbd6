"""The hot path of the end writes what the careful one writes, and nothing over somebody else's claim."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rota import clock
from rota.ledger import finish as finishing
from rota.ledger import succeed as succeeding
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.integrity import check
from rota.ledger.rescue import rescue
from rota.models import Attempt, Run
from tests.ledger.conftest import NOW, USING, ended, put, take

TIMES = {"enqueued_at", "ready_at", "id", "token", "held_by"}


def row(run_id: uuid.UUID) -> dict[str, Any]:
    """The run and its attempt, without what is different for each run."""
    run = Run.objects.values().get(pk=run_id)
    attempt = Attempt.objects.values().get(run=run_id)
    return {name: value for name, value in run.items() if name not in TIMES} | {
        f"attempt.{name}": value for name, value in attempt.items() if name not in ("id", "run_id", "held_by")
    }


@pytest.mark.parametrize("result", [None, True, 0, "a \U0001f642 text", {"a": [1, {"b": None}]}, []])
def test_both_ways_leave_the_same_row(result: Any) -> None:
    put(2)
    plain, careful = take()
    more = {"result": result, "log": "said", "progress": {"done": 1, "total": 2, "text": ""}}
    endings = [ended(plain, **more), ended(careful, **more, watched=True)]
    assert not endings[0].watched
    assert finish(endings, using=USING, now=NOW) == {plain.run_id, careful.run_id}
    assert row(plain.run_id) == row(careful.run_id)
    assert check(using=USING, now=NOW) == []


def test_what_was_taken_over_is_left_alone_and_its_neighbours_are_stored() -> None:
    put(3)
    runs = take(holder=(holder := uuid.uuid4()))
    stolen = runs[1]
    rescue(holder, begun=[(stolen.run_id, stolen.token)], using=USING, now=NOW, detail="gone")
    again = {run.run_id: run for run in take()}
    mine = [again.get(run.run_id, run) if run != stolen else stolen for run in runs]
    kept = finish([ended(run) for run in mine], using=USING, now=clock.now(USING))
    assert kept == {runs[0].run_id, runs[2].run_id}
    found = Run.objects.get(pk=stolen.run_id)
    assert (found.state, found.token) == ("RUNNING", again[stolen.run_id].token)
    assert [a.outcome for a in Attempt.objects.filter(run=stolen.run_id)] == ["lost"]


def test_a_success_is_stored_once() -> None:
    put()
    (run,) = take()
    assert finish([ended(run)], using=USING, now=NOW) == {run.run_id}
    assert finish([ended(run, result="again")], using=USING, now=NOW) == set()
    assert Run.objects.get().result is None


def test_a_success_ends_the_suspicion() -> None:
    put()
    Run.objects.update(alone=True)
    (run,) = take()
    finish([ended(run)], using=USING, now=NOW)
    assert Run.objects.get().alone is False


def test_a_run_with_a_gate_does_not_take_the_hot_path(monkeypatch: pytest.MonkeyPatch) -> None:
    put(limit_key="limit:x")
    Run.objects.update(ready_at=NOW, waits_at=None)
    (run,) = take()
    seen: list[Ending] = []
    monkeypatch.setattr(finishing, "succeed", lambda endings, using: seen.extend(endings) or set())
    finish([ended(run)], using=USING, now=NOW)
    assert seen == []
    assert dataclasses.replace(run, limit_key=None).watched is False


@pytest.mark.skipif(connection.vendor != "postgresql", reason="many outcomes are one statement on PostgreSQL")
def test_large_results_are_stored_in_several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    put(5)
    endings = [ended(run, result="x" * 4_000) for run in take()]
    monkeypatch.setattr(succeeding, "LARGEST", 10_000)
    with CaptureQueriesContext(connection) as queries:
        assert finish(endings, using=USING, now=NOW) == {ending.run_id for ending in endings}
    assert Attempt.objects.count() == 5
    sizes = [len(query["sql"]) for query in queries if "x" * 4_000 in query["sql"]]
    assert len(sizes) == 3 and max(sizes) < 10_000 + 4_000
    monkeypatch.setattr(succeeding, "LARGEST", 1)
    put(2)
    assert len(finish([ended(run, result="y") for run in take()], using=USING, now=NOW)) == 2, (
        "each is too large"
    )
