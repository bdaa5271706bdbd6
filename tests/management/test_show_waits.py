"""`rota show` of a run that waits at a gate: which gate, who has the places, how many are before it."""

from __future__ import annotations

import pytest

from rota.ledger import gates
from rota.ledger.enqueue import Order, enqueue
from rota.models import Run
from rota.policies import Terms, limit
from tests.management.conftest import NOW, rota

pytestmark = pytest.mark.usefixtures("project")
USING = "default"


def put(count):
    order = Order(task_path="shop.tasks.send", terms=Terms(concurrency=limit(6)), limit_key="limit:crm")
    runs = enqueue([order] * count, using=USING, now=NOW)
    gates.admit(gates.keys_of(runs), using=USING, now=NOW)
    return runs


def test_it_says_what_a_run_waits_for_and_who_is_before_it():
    runs = put(8)
    shown = rota("show", str(runs[7].pk)).out
    assert "(concurrency) 6 may go at once with the key limit:crm, and 6 do. 1 run before it." in shown
    held_by = next(line for line in shown.splitlines() if line.startswith("Places held by"))
    assert str(runs[0].pk) in held_by and held_by.endswith("and 1 more")


def test_the_same_as_json():
    runs = put(7)
    waits = rota("show", str(runs[6].pk), "--json").json["waits"]
    assert (waits["gate"], waits["holding"], waits["ahead"]) == ("concurrency", 6, 0)
    assert waits["held_by"][0] == str(runs[0].pk)


def test_a_run_that_has_its_place_waits_for_nothing():
    (run,) = put(1)
    assert "Waits" not in rota("show", str(run.pk)).out
    assert rota("show", str(run.pk), "--json").json["waits"] is None


def test_a_run_that_no_worker_knows_says_so():
    (run,) = put(1)
    Run.objects.filter(pk=run.pk).update(parked_at=NOW, ready_at=None)
    assert "no live worker knows its task" in rota("show", str(run.pk)).out
