"""READY to RUNNING: in order, each run once, nothing that must not."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.heads import look
from rota.models import Run
from rota.policies import Terms
from tests.ledger.conftest import NOW, USING, order, put, take


def test_what_was_asked_for_comes_back_with_a_fence() -> None:
    (run,) = put(priority=5, queue_name="mail")
    (claimed,) = take()
    assert (claimed.run_id, claimed.attempt, claimed.args, claimed.task_path) == (
        run.pk,
        1,
        [1, 2],
        order().task_path,
    )
    run.refresh_from_db()
    assert (run.state, run.token, run.ready_at) == ("RUNNING", claimed.token, None)
    assert run.attempt_count == 0, "an attempt counts when it begins, not when it is claimed"


def test_the_order_is_priority_then_age() -> None:
    (old,), (urgent,), (young,) = put(), put(priority=10), put()
    assert [claimed.run_id for claimed in take()] == [urgent.pk, old.pk, young.pk]


def test_what_is_not_yet_due_stays() -> None:
    put(run_after=NOW + timedelta(seconds=1), priority=100)
    (due,) = put()
    assert [claimed.run_id for claimed in take()] == [due.pk]
    clock.step(timedelta(seconds=1))
    assert len(take()) == 1


def test_only_the_queues_asked_for() -> None:
    put(queue_name="mail")
    (wanted,) = put(queue_name="reports")
    assert [c.run_id for c in claim(uuid.uuid4(), ["reports", "other"], 10, using=USING)] == [wanted.pk]


def test_no_more_than_the_limit() -> None:
    put(5)
    assert len(take(3)) == 3
    assert len(take(3)) == 2
    assert take(3) == []


def test_unknown_tasks_are_left_to_others() -> None:
    put(task_path="gone.task")
    (known,) = put()
    assert [claimed.run_id for claimed in take(unknown=["gone.task"])] == [known.pk]
    assert len(take()) == 1


def test_an_at_most_once_run_is_claimed_alone() -> None:
    put(3)
    put(2, terms=Terms(at_most_once=True), priority=1)
    assert [len(take()) for _ in range(4)] == [1, 1, 3, 0]


def test_heads_tell_when_to_wake_up() -> None:
    put(run_after=NOW + timedelta(seconds=90), queue_name="mail")
    put(priority=-5)
    found = [(head.queue_name, head.priority, head.ready_at) for head in look([], using=USING)[0]]
    assert found == [("mail", 0, NOW + timedelta(seconds=90)), ("default", -5, NOW)]
    assert [head.queue_name for head in look(["default"], using=USING)[0]] == ["default"]


@pytest.mark.django_db(transaction=True)
def test_eight_claimers_get_each_run_once() -> None:
    put(200)
    taken: list[uuid.UUID] = []

    def work() -> None:
        while claimed := take(7):
            taken.extend(each.run_id for each in claimed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(taken) == len(set(taken)) == 200
    assert Run.objects.filter(state="RUNNING").count() == 200
