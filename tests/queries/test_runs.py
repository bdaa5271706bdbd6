"""Runs are found by what people know of them."""

from __future__ import annotations

import uuid

import pytest

from rota import clock
from rota.actions import Actor, retry, run_now
from rota.exceptions import InvalidInput, UnknownName
from rota.models import Run
from rota.queries import dead, processes, runs, status
from tests.queries.conftest import USING, alive, at, broken, fine, plan, process, schedule, work


@pytest.fixture
def history():
    schedule("ok")
    schedule("bad", target=broken)
    for hour in (1, 2):
        plan(hour)
        work(hour)


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("given", "number"),
    [
        ({}, 4), ({"state": "failed"}, 2), ({"schedule": "ok"}, 2), ({"task": "broken"}, 2),
        ({"task": fine.module_path}, 2), ({"since": at(1.5)}, 2), ({"limit": 1}, 1), ({"queue": "mail"}, 0),
    ],
)  # fmt: skip
def test_search(given, number):
    found = runs.search(using=USING, **given)
    assert len(found) == number
    assert found == sorted(found, key=lambda run: run.pk, reverse=True)


@pytest.mark.usefixtures("history")
def test_pages_go_on_where_they_ended():
    first = runs.search(using=USING, limit=3)
    assert len(runs.search(using=USING, before=first[-1].pk)) == 1


def test_an_unknown_state_names_the_nearest():
    with pytest.raises(InvalidInput, match="Did you mean failed"):
        runs.search(using=USING, state="faild")


@pytest.mark.usefixtures("history")
def test_a_run_is_found_by_an_unambiguous_beginning():
    first, second, *_ = Run.objects.order_by("pk")
    assert runs.find(str(first.pk), using=USING) == first
    second.delete()
    assert runs.find(str(first.pk).upper()[:20], using=USING) == first
    run = Run.objects.order_by("pk").last()
    with pytest.raises(UnknownName, match="More than one run begins with"):
        runs.find(str(run.pk)[:6], using=USING)
    for text in ("", "abc", "zzzzzzzz", str(uuid.uuid4()), "0" * 40):
        with pytest.raises(UnknownName, match="no run"):
            runs.find(text, using=USING)


@pytest.mark.usefixtures("history")
def test_detail_has_the_attempts_and_what_came_of_a_retry():
    failed = dead.newest(dead.Letters(), using=USING)
    assert [run.schedule.key for run in failed] == ["bad", "bad"]
    with clock.frozen(at(2.5)):
        receipt = retry(failed[0].pk, Actor("Ana"))
    found = runs.detail(failed[0].pk, using=USING)
    assert (len(found.attempts), found.attempt, found.seconds) == (1, 1, 2)
    assert found.retried_by == [receipt.run_id]
    assert dead.count(dead.Letters(), using=USING) == 1


def test_alive_is_what_a_supervisor_speaks_for():
    alive(queues=["mail"], slots=2)
    silent = process("supervisor", seen=-1)
    process("worker", seen=0, parent=silent.pk)
    process("worker", seen=0, parent=uuid.uuid4())
    found = processes.alive(at(20 / 3600), using=USING)
    assert [len(found.supervisors), len(found.schedulers), len(found.workers), found.slots] == [1, 1, 1, 2]
    assert len(found.serving("mail")) == 1
    assert found.serving("default") == []
    assert processes.alive(at(31 / 3600), using=USING).supervisors == []


@pytest.mark.usefixtures("history")
def test_status_counts_what_is_open(django_assert_max_num_queries):
    with clock.frozen(at(2.5)):
        run_now("ok", Actor("Ana"))
    with django_assert_max_num_queries(4):
        found = status.status(at(2.5), using=USING)
    assert (found.failed, found.waiting + found.running, found.held, found.dead) == (2, 1, 0, True)
    assert found.next_due_at == at(3)
