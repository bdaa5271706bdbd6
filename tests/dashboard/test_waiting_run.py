"""The page of a run that waits: at a gate, or for a worker that knows its task."""

from __future__ import annotations

from django.test import Client

from rota import clock
from rota.ledger import gates
from rota.ledger.enqueue import Order, enqueue
from rota.models import Run
from rota.policies import Terms, limit
from tests.dashboard.test_schedules_page import words


def put(count: int) -> list[Run]:
    order = Order(task_path="shop.tasks.send", terms=Terms(concurrency=limit(6)), limit_key="limit:<i>")
    now = clock.now("default")
    runs = enqueue([order] * count, using="default", now=now)
    gates.admit(gates.keys_of(runs), using="default", now=now)
    return runs


def test_it_says_at_which_gate_and_leads_to_who_has_the_places(ana: Client) -> None:
    runs = put(8)
    page = words(ana, f"/ops/runs/{runs[7].pk}/")
    assert "It waits (concurrency). 6 may go at once with the key limit:&lt;i&gt;, and 6 do." in page
    assert "1 run before it." in page and "and others, 6 in all." in page
    raw = ana.get(f"/ops/runs/{runs[7].pk}/").content.decode()
    assert f'<a href="/ops/runs/{runs[0].pk}/">' in raw and "<i>" not in raw
    assert "None yet: it waits for a worker." not in page


def test_a_run_that_has_its_place_waits_for_a_worker(ana: Client) -> None:
    (run,) = put(1)
    page = words(ana, f"/ops/runs/{run.pk}/")
    assert "It waits (" not in page and "None yet: it waits for a worker." in page


def test_a_run_that_no_worker_knows_is_said_to_be_parked(ana: Client) -> None:
    (run,) = put(1)
    Run.objects.filter(pk=run.pk).update(parked_at=clock.now("default"), ready_at=None)
    page = words(ana, f"/ops/runs/{run.pk}/")
    assert "It is parked since" in page and "no live worker knows its task" in page
