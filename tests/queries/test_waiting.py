"""What a run waits for at a gate, in a sentence that names what holds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rota import clock
from rota.ledger import gates
from rota.ledger.claim import claim
from rota.ledger.enqueue import Order, enqueue
from rota.models import Run, Schedule
from rota.policies import Terms, limit
from rota.queries.waiting import waits

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"


@pytest.fixture(autouse=True)
def at_noon(db):
    with clock.frozen(NOW):
        yield


def put(count, **said):
    runs = enqueue([Order(task_path="shop.tasks.send", **said) for _ in range(count)], using=USING, now=NOW)
    gates.admit(gates.keys_of(runs), using=USING, now=NOW)
    return [Run.objects.get(pk=run.pk) for run in runs]


def ask(run):
    return waits(run, using=USING, now=NOW)


def test_a_run_without_a_gate_waits_at_none():
    (run,) = put(1)
    assert ask(run) is None


def test_at_a_limit_it_says_who_has_the_places_and_how_many_are_before_it():
    runs = put(5, terms=Terms(concurrency=limit(2)), limit_key="limit:crm")
    claim(Run.objects.first().pk, [], 1, using=USING)
    found = ask(runs[4])
    assert (found.gate, found.key, found.holding, found.ahead) == ("concurrency", "limit:crm", 2, 2)
    assert found.held_by == (runs[0].pk, runs[1].pk)
    assert found.why == "2 may go at once with the key limit:crm, and 2 do. 2 runs before it."
    assert ask(runs[2]).why.endswith("It is the next.")
    assert ask(runs[0]) is None


def test_at_a_rate_it_says_when_its_turn_is():
    runs = put(4, terms=Terms(rate=limit(1, per=60)), rate_key="rate:crm")
    assert ask(runs[0]) is None
    assert [ask(run).not_before for run in runs[1:]] == [NOW + timedelta(minutes=n) for n in (1, 2, 3)]
    assert "1 may begin in 60 s" in ask(runs[3]).why
    assert "2026-03-10 12:03:00 UTC" in ask(runs[3]).why


def test_behind_its_schedule_it_names_the_run_before_it():
    row = Schedule.objects.create(
        key="daily", source="code", definition={}, task_path="a.b", calendar="off", created_at=NOW
    )
    first, second = put(2, schedule=row, overlap="queue")
    found = ask(second)
    assert (found.gate, found.held_by) == ("overlap", (first.pk,))
    assert str(first.pk) in found.why


def test_for_its_time_first():
    (run,) = put(
        1, terms=Terms(concurrency=limit(2)), limit_key="limit:crm", run_after=NOW + timedelta(hours=1)
    )
    found = ask(run)
    assert (found.gate, found.key, found.not_before) == ("later", "limit:crm", NOW + timedelta(hours=1))
    assert "13:00:00 UTC" in found.why


def test_what_nobody_has_looked_at_yet_is_not_blamed_on_others():
    (run,) = enqueue(
        [Order(task_path="a.b", limit_key="limit:crm", terms=Terms(concurrency=limit(1)))],
        using=USING,
        now=NOW,
    )
    assert "looked at within seconds" in ask(run).why
