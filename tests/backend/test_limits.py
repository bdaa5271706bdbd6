"""Limits and keys as a project writes them, from the decorator to the row."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

import rota
from rota import clock
from rota.actions import Actor, run_now
from rota.compat import BaseTaskBackend, TaskResultStatus, task_enqueued
from rota.exceptions import InvalidInput
from rota.ledger import gates
from rota.ledger.claim import claim
from rota.models import Run, Schedule
from rota.policies import Limit
from rota.schedules import edit
from rota.schedules.declaration import build
from tests.project import tasks

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def call(customer_id: int, region: str = "eu") -> None:
    """A task for each test to declare in its own way."""


def mail(to: str) -> None:
    """Another task."""


@pytest.fixture(autouse=True)
def at_noon():
    with clock.frozen(NOW):
        yield


def states() -> list[str]:
    return [run.waits_at or "ready" for run in Run.objects.order_by("pk")]


def test_a_number_limits_the_tasks_own_runs() -> None:
    one, other = rota.task(concurrency=2)(call), rota.task(concurrency=1)(mail)
    for customer_id in range(3):
        one.enqueue(customer_id)
    other.enqueue("ana")
    assert states() == ["ready", "ready", "limit:tests.backend.test_limits.call", "ready"]


def test_a_key_counts_each_value_of_an_argument_apart_also_a_default() -> None:
    one = rota.task(concurrency=rota.limit(1, key="{region}:{customer_id}"))(call)
    one.enqueue(1), one.enqueue(customer_id=2), one.enqueue(1, region="eu"), one.enqueue(1, "us")
    assert states() == ["ready", "ready", "limit:eu:1", "ready"]


def test_several_tasks_share_a_key() -> None:
    rota.task(concurrency=rota.limit(1, key="crm"))(call).enqueue(1)
    rota.task(concurrency=rota.limit(1, key="crm"))(mail).enqueue("ana")
    assert states() == ["ready", "limit:crm"]


def test_a_rate_and_a_limit_are_two_gates() -> None:
    one = rota.task(
        concurrency=rota.limit(2, key="crm"), rate=rota.limit(1, per=timedelta(hours=1), key="crm")
    )(call)
    for _ in range(3):
        one.enqueue(1)
    assert states() == ["ready", "rate:crm", "limit:crm"]


def test_enqueued_in_a_transaction_it_comes_to_its_gate_when_that_commits() -> None:
    one = rota.task(concurrency=1)(call)
    with transaction.atomic():
        one.enqueue(1)
        assert states() == ["limit:tests.backend.test_limits.call"]
    assert states() == ["ready"]


def test_rolled_back_nothing_waits_and_no_place_is_taken() -> None:
    one = rota.task(concurrency=1)(call)
    with transaction.atomic():
        one.enqueue(1)
        transaction.set_rollback(True)
    one.enqueue(2)
    assert states() == ["ready"]


def test_with_autocommit_off_it_comes_to_its_gate_at_the_next_sweep() -> None:
    one = rota.task(concurrency=1)(call)
    transaction.set_autocommit(False)
    try:
        one.enqueue(1)
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    gates.sweep(using="default", now=NOW)
    assert states() == ["ready"]


def test_thousands_at_once() -> None:
    one = rota.task(concurrency=rota.limit(3, key="c:{customer_id}"))(call)
    rota.enqueue_many(one, [(number % 2,) for number in range(1000)])
    assert states().count("ready") == 6
    assert len(claim(uuid.uuid4(), [], 100, using="default")) == 6


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"concurrency": rota.limit(1, key="{custmer_id}")}, "Did you mean customer_id?"),
        ({"concurrency": rota.limit(1, key="{self}")}, "there are: customer_id, region"),
        ({"rate": rota.limit(1, per=1, key="{args}")}, "names the argument 'args'"),
        ({"concurrency": 0}, "whole number from 1"),
        ({"concurrency": True}, "expected concurrency"),
        ({"concurrency": "5"}, "expected concurrency"),
        ({"concurrency": rota.limit(1, per=5)}, "a limit per period is a rate"),
        ({"rate": rota.limit(5)}, r"expected rate to be rota.limit\(number, per=seconds\)"),
        ({"rate": 5}, "expected rate"),
    ],
)
def test_what_is_wrong_is_said_when_the_task_is_declared(given, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        rota.task(**given)(call)
    assert "@rota.task call" in str(caught.value)


def test_a_schedule_has_its_tasks_limits_for_its_own_arguments_or_its_own_limits() -> None:
    one = rota.task(concurrency=rota.limit(1, key="c:{customer_id}"))(call)
    own = build("a", "0 8 * * *", one, args=[7]).definition
    assert (own.limit_key, own.terms.concurrency) == ("limit:c:7", Limit(1, key="c:{customer_id}"))
    other = build("a", "0 8 * * *", one, args=[7], concurrency=None, rate=rota.limit(2, per=60)).definition
    assert (other.limit_key, other.rate_key) == (None, "rate:tests.backend.test_limits.call")
    with pytest.raises(InvalidInput, match=r"'a': .* Did you mean region\?"):
        build("a", "0 8 * * *", one, args=[7], concurrency=rota.limit(1, key="{regio}"))


def test_a_command_counts_by_itself_and_by_its_options() -> None:
    command = rota.command("clearsessions", verbosity=2)
    assert (
        build("a", "0 8 * * *", command, concurrency=1).definition.limit_key == "limit:command:clearsessions"
    )
    by_option = build(
        "a", "0 8 * * *", command, concurrency=rota.limit(1, key="{name}:{verbosity}")
    ).definition
    assert by_option.limit_key == "limit:clearsessions:2"


def test_an_edit_keeps_the_limits_and_counts_by_the_new_arguments() -> None:
    one = rota.task(call)
    said = {"by": "Ana", "using": "default", "now": NOW}
    edit.create("a", "0 8 * * *", one, args=[7], concurrency=rota.limit(2, key="c:{customer_id}"), **said)
    edit.change("a", args=[8], **said)
    row = Schedule.objects.get(key="a")
    assert row.definition["limit_key"] == "limit:c:8"
    assert row.definition["terms"]["concurrency"]["number"] == 2


def test_run_now_waits_at_the_gate_of_the_arguments_it_is_given() -> None:
    one = rota.task(concurrency=rota.limit(1, key="c:{customer_id}"))(call)
    edit.create("a", "0 8 * * *", one, args=[7], overlap="allow", by="Ana", using="default", now=NOW)
    for given in ([7], [7], [8]):
        run_now("a", Actor("Ana"), args=given)
    assert states() == ["ready", "limit:c:7", "ready"]


def test_a_key_gives_one_run_and_the_receipt_says_which() -> None:
    one, told = rota.task(call), []
    task_enqueued.connect(lambda **said: told.append(said["task_result"].id), weak=False, dispatch_uid="keys")
    first = rota.enqueue(one, args=[1], key="order-7")
    again = rota.enqueue(one, args=[1], key="order-7")
    task_enqueued.disconnect(dispatch_uid="keys")
    assert (first.created, again.created, again.id) == (True, False, first.id)
    assert again.result.id == first.id == str(Run.objects.get().pk)
    assert again.result.status == TaskResultStatus.READY
    assert told == [first.id], "nothing was enqueued the second time"
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.created = False  # type: ignore[misc]


def test_a_key_belongs_to_its_task_and_case_counts() -> None:
    one, other = rota.task(call), rota.task(mail)
    receipts = [
        rota.enqueue(one, args=[1], key="a"), rota.enqueue(one, args=[1], key="A"),
        rota.enqueue(one, args=[1], key="a "), rota.enqueue(other, args=["x"], key="a"), rota.enqueue(one, args=[1]),
    ]  # fmt: skip
    assert all(receipt.created for receipt in receipts)


def test_open_means_until_the_run_has_ended() -> None:
    one = rota.task(call)
    first = rota.enqueue(one, args=[1], key="a", unique="open")
    assert not rota.enqueue(one, args=[1], key="a", unique="open").created
    Run.objects.update(state="CANCELLED", finished_at=NOW, ready_at=None)
    assert not rota.enqueue(one, args=[1], key="a").created
    second = rota.enqueue(one, args=[1], key="a", unique="open")
    assert second.created and second.id != first.id


def test_when_which_queue_how_urgent() -> None:
    one = rota.task(call)
    rota.enqueue(one, kwargs={"customer_id": 1}, delay=90, priority=7)
    rota.enqueue(one, args=[1], run_after=NOW + timedelta(hours=1), queue_name="default")
    rows = Run.objects.order_by("pk").values_list("run_after", "priority")
    assert list(rows) == [(NOW + timedelta(seconds=90), 7), (NOW + timedelta(hours=1), 0)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"key": ""}, "1 to 200 characters, got 0"),
        ({"key": "x" * 201}, "got 201"),
        ({"key": "a\x00"}, "1 to 200"),
        ({"key": 7}, "got 7"),
        ({"unique": "opn"}, "Did you mean open?"),
        ({"delay": 1, "run_after": NOW}, "got both"),
        ({"delay": -1}, "at least 0"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(given, says: str) -> None:
    one = rota.task(call)
    with pytest.raises(InvalidInput, match=says):
        rota.enqueue(one, args=[1], **given)
    assert not Run.objects.exists()


def test_many_with_keys_of_which_some_were_asked_for_before() -> None:
    one = rota.task(call)
    first = rota.enqueue(one, args=[1], key="b")
    results = rota.enqueue_many(one, [(1,), (2,), (3,), (4,)], keys=["a", "b", None, "a"])
    assert [result.id == first.id for result in results] == [False, True, False, False]
    assert results[3].id == results[0].id
    assert Run.objects.count() == 3
    with pytest.raises(InvalidInput, match="one key for each of 2 calls, got 1"):
        rota.enqueue_many(one, [(1,), (2,)], keys=["a"])


def test_another_backend_cannot_keep_a_key(settings) -> None:
    home = BaseTaskBackend.__module__.removesuffix(".base")
    settings.TASKS = {**settings.TASKS, "now": {"BACKEND": f"{home}.immediate.ImmediateBackend"}}
    one = rota.task(backend="now")(call)
    assert rota.enqueue(one, args=[1]).created
    with pytest.raises(InvalidInput, match="a key needs rota's backend"):
        rota.enqueue(one, args=[1], key="a")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"args": "7"}, "expected args to be a list or tuple, got '7'"),
        ({"args": 7}, "expected args to be a list or tuple, got 7"),
        ({"kwargs": [1]}, r"expected kwargs to be a dict, got \[1\]"),
        ({"priority": "x"}, "expected priority to be a whole number"),
        ({"task": print}, "expected a task"),
    ],
)
def test_what_is_no_call_is_refused_before_anything_is_written(given: dict[str, Any], said: str) -> None:
    task = given.pop("task", tasks.add)
    with pytest.raises(InvalidInput, match=said):
        rota.enqueue(task, **given)
    assert not Run.objects.exists()


@pytest.mark.parametrize("calls", [5, "text", {"a": 1}, None])
def test_calls_are_a_list(calls: Any) -> None:
    with pytest.raises(InvalidInput, match="expected a list of calls"):
        rota.enqueue_many(tasks.add, calls)


def test_a_misspelt_argument_of_a_task_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput, match=r"unknown argument 'concurency'.*Did you mean concurrency"):
        rota.task(concurency=1)
