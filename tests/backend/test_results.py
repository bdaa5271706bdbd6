"""What a TaskResult tells of a run in each state, and of one whose task, queue or backend is gone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from rota import clock
from rota.compat import (
    AnyTask,
    InvalidTask,
    TaskResultDoesNotExist,
    TaskResultMismatch,
    TaskResultStatus,
    task_backends,
)
from rota.ledger.cancel import cancel_waiting
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.models import Outcome, Run, State
from tests.project import tasks

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"

pytestmark = pytest.mark.django_db


def result_of(run_id: str) -> Any:
    return task_backends["default"].get_result(run_id)


def begin(holder: uuid.UUID) -> Claimed:
    (claimed,) = claim(holder, [], 1, using=USING)
    return claimed


def end(claimed: Claimed, holder: uuid.UUID, outcome: str, **more: Any) -> None:
    ending = Ending(
        run_id=claimed.run_id,
        token=claimed.token,
        attempt=claimed.attempt,
        outcome=outcome,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=2),
        held_by=holder,
        worker="host:1",
        **more,
    )
    assert finish([ending], using=USING, now=NOW) == {claimed.run_id}


def test_a_run_is_followed_from_ready_to_successful() -> None:
    holder = uuid.uuid4()
    result = tasks.add.enqueue(1, 2)
    with pytest.raises(ValueError, match="not finished"):
        _ = result.return_value

    claimed = begin(holder)
    result.refresh()
    assert (result.status, result.is_finished) == (TaskResultStatus.RUNNING, False)
    assert result.worker_ids == [str(holder)]

    end(claimed, holder, Outcome.SUCCEEDED, result={"sum": 3})
    async_to_sync(result.arefresh)()
    assert (result.status, result.is_finished, result.return_value) == (
        TaskResultStatus.SUCCESSFUL,
        True,
        {"sum": 3},
    )
    assert result.finished_at == NOW + timedelta(seconds=2)
    assert (result.started_at, result.last_attempted_at, result.attempts) == (NOW, NOW, 1)


def test_a_failed_attempt_is_an_error_and_the_next_one_another() -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    result = tasks.fragile.enqueue()
    failure = {"error_class": "builtins.ValueError", "error": "no", "traceback": "Traceback: no"}
    end(begin(first), first, Outcome.FAILED, retry_in=0.0, **failure)
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.READY, 1)
    end(begin(second), second, Outcome.FAILED, **failure)
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert result.worker_ids == [str(first), str(second)]
    assert [error.exception_class for error in result.errors] == [ValueError, ValueError]
    assert result.errors[0].traceback == "Traceback: no"
    with pytest.raises(ValueError, match="Task failed"):
        _ = result.return_value


@pytest.mark.parametrize(
    ("outcome", "named"),
    [
        (Outcome.LOST, "AttemptLost"),
        (Outcome.TIMED_OUT, "AttemptTimedOut"),
        (Outcome.CANCELLED, "RunCancelled"),
    ],
)
def test_an_attempt_that_did_not_end_by_itself_names_why(outcome: str, named: str) -> None:
    holder = uuid.uuid4()
    result = tasks.add.enqueue(1, 2)
    end(begin(holder), holder, outcome)
    assert result_of(result.id).errors[0].exception_class.__name__ == named


def test_a_cancelled_run_has_failed() -> None:
    result = tasks.add.enqueue(1, 2)
    assert cancel_waiting(uuid.UUID(result.id), using=USING, now=NOW, by="ann", reason="not needed")
    result.refresh()
    assert (result.status, result.is_finished) == (TaskResultStatus.FAILED, True)
    assert result.errors[0].exception_class.__name__ == "RunCancelled"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.SKIPPED, TaskResultStatus.FAILED),
        (State.MISSED, TaskResultStatus.FAILED),
        (State.HELD, TaskResultStatus.READY),
        ("NOVEL", TaskResultStatus.READY),
    ],
)
def test_every_state_has_a_status_of_django(state: str, status: TaskResultStatus) -> None:
    result = tasks.add.enqueue(1, 2)
    Run.objects.filter(pk=result.id).update(state=state, reason="overlap", detail="run 7 was running")
    result.refresh()
    assert result.status == status
    told = [error.traceback for error in result.errors]
    assert told == (
        [] if status == TaskResultStatus.READY else ["The run before it had not finished. run 7 was running"]
    )


def test_a_state_of_a_newer_release_that_has_ended_is_finished() -> None:
    result = tasks.add.enqueue(1, 2)
    Run.objects.filter(pk=result.id).update(state="NOVEL", finished_at=NOW)
    assert result_of(result.id).is_finished


def test_the_task_comes_back_as_it_was_enqueued() -> None:
    later = clock.now(USING) + timedelta(hours=1)
    deferred = tasks.whoami.using(priority=7, run_after=later)
    assert result_of(deferred.enqueue().id).task == deferred


@pytest.mark.parametrize("wrong", ["", "nonsense", "0" * 64, str(uuid.uuid4()), 5, None])
def test_an_id_that_no_run_has_does_not_exist(wrong: Any) -> None:
    with pytest.raises(TaskResultDoesNotExist):
        result_of(wrong)
    with pytest.raises(TaskResultDoesNotExist):
        async_to_sync(tasks.add.aget_result)(wrong)


def test_the_result_of_another_task_is_a_mismatch() -> None:
    result = tasks.add.enqueue(1, 2)
    with pytest.raises(TaskResultMismatch):
        tasks.urgent.get_result(result.id)


@pytest.fixture
def finished() -> Callable[[], str]:
    """The id of a run that returned 3."""

    def make(**changes: Any) -> str:
        holder = uuid.uuid4()
        result = tasks.add.enqueue(1, 2)
        end(begin(holder), holder, Outcome.SUCCEEDED, result=3)
        Run.objects.filter(pk=result.id).update(**changes)
        return str(result.id)

    return make


GONE = {
    "function": {"task_path": "tests.project.tasks.renamed"},
    "module": {"task_path": "tests.project.nowhere.add"},
    "package": {"task_path": "left_the_project.tasks.add"},
    "dangerous": {"task_path": "os.system"},
    "no path at all": {"task_path": "x"},
    "queue": {"queue_name": "abolished"},
    "backend": {"backend": "abolished"},
    "priority": {"priority": 1000},
}


@pytest.mark.parametrize("changes", GONE.values(), ids=GONE)
def test_what_has_vanished_can_still_be_read(finished: Callable[..., str], changes: dict[str, Any]) -> None:
    run_id = finished(**changes)
    result = result_of(run_id)
    assert (result.is_finished, result.return_value, result.errors) == (True, 3, [])
    run = Run.objects.get(pk=run_id)
    task: AnyTask = result.task
    assert (task.module_path, task.queue_name, task.backend, task.priority) == (
        run.task_path.lstrip(".") if "." in run.task_path else f".{run.task_path}",
        run.queue_name,
        run.backend,
        run.priority,
    )
    assert repr(result)
    assert task.name == run.task_path.rpartition(".")[2]


def test_a_task_that_has_vanished_can_not_be_enqueued(finished: Callable[..., str]) -> None:
    result = result_of(finished(task_path="tests.project.tasks.renamed"))
    with pytest.raises(InvalidTask, match="There is no task"):
        result.task.enqueue(1, 2)
    with pytest.raises(LookupError):
        result.task.call(1, 2)


def test_a_task_whose_queue_is_gone_can_be_enqueued_to_another(finished: Callable[..., str]) -> None:
    result = result_of(finished(queue_name="abolished"))
    with pytest.raises(InvalidTask):
        result.task.enqueue(1, 2)
    assert tasks.add.get_result(result.id).return_value == 3
    assert result.task.using(queue_name="default").enqueue(1, 2).args == [1, 2]


def test_every_alias_of_the_backend_reads_the_same_ledger(settings: Any) -> None:
    ours = "rota.backend.RotaBackend"
    settings.TASKS = {"default": {"BACKEND": ours}, "bulk": {"BACKEND": ours, "QUEUES": ["default", "bulk"]}}
    result = tasks.add.using(backend="bulk", queue_name="bulk").enqueue(1, 2)
    read = task_backends["default"].get_result(result.id)
    assert (read.backend, read.task.backend, read.task.queue_name) == ("bulk", "bulk", "bulk")
