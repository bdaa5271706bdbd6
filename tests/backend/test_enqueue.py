"""Enqueueing: what is written, when it is written, and what is refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import rota
from rota import clock
from rota.backend import RotaBackend
from rota.compat import InvalidTask, TaskResultStatus, task_backends, task_enqueued
from rota.exceptions import InvalidArguments, InvalidInput
from rota.models import Run, State
from rota.policies import Terms
from rota.schedules.known import terms_for
from tests.project import tasks

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_an_enqueued_task_is_a_ready_run_with_the_id_of_the_result() -> None:
    with clock.frozen(NOW):
        result = tasks.add.enqueue(1, b=2)
    run = Run.objects.get()
    assert result.id == str(run.id)
    assert (run.state, run.task_path) == (State.READY, "tests.project.tasks.add")
    assert (run.args, run.kwargs, run.queue_name, run.priority) == ([1], {"b": 2}, "default", 0)
    assert run.enqueued_at == run.ready_at == result.enqueued_at == NOW
    assert run.due_at is None
    assert (result.status, result.attempts, result.errors) == (TaskResultStatus.READY, 0, [])
    assert result.task == tasks.add


def test_a_deferred_run_is_ready_when_its_time_has_come() -> None:
    later = NOW + timedelta(hours=2)
    with clock.frozen(NOW):
        tasks.add.using(run_after=later).enqueue(1, 2)
    run = Run.objects.get()
    assert (run.run_after, run.ready_at) == (later, later)


def test_priority_comes_from_the_task_or_from_using() -> None:
    tasks.urgent.enqueue()
    tasks.urgent.using(priority=-100).enqueue()
    assert sorted(Run.objects.values_list("priority", flat=True)) == [-100, 10]


@pytest.mark.parametrize("priority", [101, -101, 1.5])
def test_a_priority_out_of_bounds_is_refused(priority: float) -> None:
    with pytest.raises(InvalidTask):
        tasks.add.using(priority=priority)  # type: ignore[arg-type]


def test_a_naive_run_after_is_refused() -> None:
    with pytest.raises(InvalidTask):
        tasks.add.using(run_after=datetime(2026, 1, 1))  # noqa: DTZ001 - naive is what is refused


def test_a_queue_that_the_settings_do_not_have_is_refused() -> None:
    with pytest.raises(InvalidTask):
        tasks.add.using(queue_name="nowhere")


def test_the_terms_of_the_task_are_kept_on_the_run() -> None:
    tasks.fragile.enqueue()
    tasks.pay.enqueue(5)
    fragile, pay = Run.objects.order_by("enqueued_at")
    assert fragile.max_attempts == 3
    assert Terms.from_json(fragile.terms) == terms_for(fragile.task_path)
    assert Terms.from_json(fragile.terms).hard_timeout == 70
    assert (pay.alone, pay.max_attempts) == (True, 1)


def test_an_async_task_is_enqueued_from_async_code() -> None:
    result = async_to_sync(tasks.add_later.aenqueue)(1, 2)
    assert Run.objects.get().task_path == "tests.project.tasks.add_later"
    assert async_to_sync(tasks.add_later.aget_result)(result.id).status == TaskResultStatus.READY


def test_the_run_is_gone_with_the_callers_transaction() -> None:
    def enqueue_and_break() -> None:
        with transaction.atomic():
            tasks.add.enqueue(1, 2)
            assert Run.objects.exists()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_break()
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_else_sees_the_run_before_the_callers_transaction_commits(
    second: Callable[[], int],
) -> None:
    with transaction.atomic():
        tasks.add.enqueue(1, 2)
        assert second() == 0
    assert second() == 1


@pytest.fixture
def second() -> Any:
    """The number of runs that another connection sees."""
    other = connection.copy()
    table = Run._meta.db_table

    def count() -> int:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            return int(cursor.fetchone()[0])

    yield count
    other.close()


def test_the_signal_tells_of_each_run() -> None:
    told = []

    def listen(sender: type, task_result: Any, **_: Any) -> None:
        told.append((sender, task_result.id))

    task_enqueued.connect(listen)
    try:
        result = tasks.add.enqueue(1, 2)
    finally:
        task_enqueued.disconnect(listen)
    assert told == [(RotaBackend, result.id)]


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((1,), {}, "missing a required argument: 'b'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((), {"aa": 1, "b": 2}, "Did you mean a?"),
    ],
)
def test_arguments_that_do_not_fit_are_a_type_error(args: Any, kwargs: Any, says: str) -> None:
    with pytest.raises(TypeError) as caught:
        tasks.add.enqueue(*args, **kwargs)
    assert says in str(caught.value)
    assert "add(a: int, b: int)" in str(caught.value) or "add(a: 'int', b: 'int')" in str(caught.value)
    assert not Run.objects.exists()


def test_the_context_is_no_argument_of_the_caller() -> None:
    tasks.whoami.enqueue(suffix="!")
    tasks.whoami.enqueue("!")
    with pytest.raises(TypeError):
        tasks.whoami.enqueue("!", "too many")


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _bomb() -> Any:
    value: Any = [1, 1]
    for _ in range(28):
        value = [value, value]
    return value


UNFIT = {
    "date": (date(2026, 1, 1), "isoformat"),
    "object": (object(), "expected what JSON can hold"),
    "uuid": (uuid.UUID(int=0), "got UUID"),
    "set": ({1, 2}, "got set"),
    "number as key": ({1: 2}, "as keys"),
    "huge number as key": ({10**5000: 2}, "as keys"),
    "nan": (float("nan"), "got nan"),
    "infinity": (float("inf"), "got inf"),
    "65 bits": (2**64, "64 bits"),
    "5,000 digits": (-(10**5000), "64 bits"),
    "NUL": ("a\x00b", "NUL"),
    "NUL in a key": ({"a\x00b": 1}, "NUL"),
    "lone surrogate": ("\ud800", "UTF-8"),
    "bytes that are no text": (b"\xff", "UTF-8"),
    "31 levels": (_deep(31), "30 levels"),
    "100,000 levels": (_deep(100_000), "30 levels"),
    "a list that holds itself 2**28 times": (_bomb(), "262144 bytes"),
    "one byte too many": ("x" * 262_144, "262144 bytes"),
    "bytes, not characters": ("é" * 131_072, "262144 bytes"),
}


@pytest.mark.parametrize(("value", "says"), UNFIT.values(), ids=UNFIT)
def test_what_json_or_a_database_cannot_hold_is_refused(value: Any, says: str) -> None:
    for args, kwargs in (((value,), {}), ((), {"key": value})):
        with pytest.raises(InvalidArguments) as caught:
            tasks.take_all.enqueue(*args, **kwargs)
        assert says in str(caught.value)
        assert isinstance(caught.value, TypeError)
    assert not Run.objects.exists()


def test_the_sentence_says_where_the_wrong_value_stands() -> None:
    with pytest.raises(
        InvalidArguments, match=r"^argument 'rows'\[1\]\['day'\]: expected what JSON can hold, got date"
    ):
        tasks.take_all.enqueue(rows=[{}, {"day": date(2026, 1, 1)}])


def test_json_comes_back_as_it_was() -> None:
    value = {"list": [1, -(2**63), 2**64 - 1, 1.5, True, None, "ü\n😀"], "deep": _deep(29), "empty": {}}
    result = tasks.take_all.enqueue(value, (1, 2), b"bytes", ratio=0.1)
    run = Run.objects.get()
    assert run.args == result.args == [value, [1, 2], "bytes"]
    assert run.kwargs == {"ratio": 0.1}
    assert tasks.take_all.get_result(result.id).args == json.loads(json.dumps(run.args))


def test_many_are_written_in_few_statements() -> None:
    with CaptureQueriesContext(connection) as queries:
        results = rota.enqueue_many(tasks.add, [{"a": number, "b": 1} for number in range(500)])
    inserts = [query for query in queries if query["sql"].startswith("INSERT")]
    assert len(inserts) < 50
    assert [result.kwargs["a"] for result in results] == list(range(500))
    assert Run.objects.count() == 500


def test_many_of_several_tasks_keep_their_order() -> None:
    results = rota.enqueue_many(
        [(tasks.add, (1, 2), {}), (tasks.urgent, (), {}), (tasks.add, [], {"a": 1, "b": 2})]
    )
    assert [result.task.name for result in results] == ["add", "urgent", "add"]
    assert [Run.objects.get(pk=result.id).priority for result in results] == [0, 10, 0]


def test_many_are_all_or_none() -> None:
    with pytest.raises(TypeError):
        rota.enqueue_many(tasks.add, [(1, 2), (1,)])
    assert not Run.objects.exists()
    assert rota.enqueue_many(tasks.add, []) == []


@pytest.mark.parametrize("call", [5, "ab", None])
def test_a_call_of_another_form_is_refused(call: Any) -> None:
    with pytest.raises(InvalidInput, match="expected each call to be a dict or a tuple"):
        rota.enqueue_many(tasks.add, [call])


def test_many_reach_another_backend_one_by_one(settings: Any) -> None:
    dummy = (
        task_backends["default"].__class__.__mro__[1].__module__.replace("base", "dummy") + ".DummyBackend"
    )
    settings.TASKS = {"default": {"BACKEND": dummy}}
    results = rota.enqueue_many(tasks.add, [(1, 2), (3, 4)])
    assert [result.args for result in results] == [[1, 2], [3, 4]]
    assert not Run.objects.exists()
