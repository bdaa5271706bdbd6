"""One claimed run in, one ending out, whatever the task does."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import pytest
from django.db import connection

from rota.compat import TaskResultStatus, task_finished, task_started
from rota.execution.context import current_run
from rota.execution.perform import UnknownTask, attempt_of, perform
from rota.models import Attempt, Outcome, State
from tests.execution.conftest import Do, claimed

pytestmark = pytest.mark.django_db


def test_it_works(do: Do) -> None:
    ending, run = do("note", "hello")
    assert (ending.outcome, ending.result, ending.error) == (Outcome.SUCCEEDED, "hello", "")
    assert (run.state, run.result, run.attempt_count) == (State.SUCCESSFUL, "hello", 1)


def test_a_coroutine_is_awaited_and_its_log_kept(do: Do, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ending, _ = do("note_later", "hello")
    assert ending.result == "hello"
    assert "INFO project.work: said later" in ending.log


def test_the_context_knows_its_attempt(do: Do) -> None:
    assert do("attempt")[0].result == 1


def test_a_later_attempt_knows_the_earlier_ones(db: None) -> None:
    run = claimed("attempt")
    from_before = {"number": 1, "outcome": Outcome.LOST, "held_by": uuid.uuid4(), "error_class": "rota.lost"}
    Attempt.objects.create(
        run_id=run.run_id, started_at=run.enqueued_at, finished_at=run.enqueued_at, **from_before
    )
    second = type(run)(**{name: getattr(run, name) for name in run.__slots__} | {"attempt": 2})
    assert perform(second, worker="host:1", holder=uuid.uuid4()).result == 2


def test_a_failure_has_its_class_text_traceback_and_log(do: Do) -> None:
    ending, run = do("fail", "no luck")
    assert (ending.outcome, ending.error_class, ending.error) == (
        Outcome.FAILED,
        "builtins.ValueError",
        "no luck",
    )
    assert "raise ValueError(text)" in ending.traceback and "execution/perform.py" not in ending.traceback
    assert "WARNING project.work: about to fail" in ending.log
    assert ending.retry_in is None and run.state == State.FAILED


@pytest.mark.parametrize("how", ["exit", "interrupt", "generator"])
def test_leaving_is_failing(do: Do, how: str) -> None:
    ending, run = do("leave", how)
    assert (ending.outcome, run.state) == (Outcome.FAILED, State.FAILED)


def test_a_retry_waits_as_the_policy_says(do: Do) -> None:
    ending, run = do("third_time_lucky", "x")
    assert ending.retry_in == pytest.approx(0.05)
    assert (run.state, run.attempt_count, run.max_attempts) == (State.READY, 1, 3)


def test_only_chosen_exceptions_are_retried(do: Do) -> None:
    assert do("picky", "ConnectionResetError")[0].retry_in == pytest.approx(60)
    assert do("picky", "ValueError")[0].retry_in is None


def test_arguments_that_do_not_fit_fail_before_the_body(do: Do) -> None:
    ending, _ = do("note", "a", "b")
    assert ending.error_class == "builtins.TypeError"


def test_an_unknown_task_is_not_begun(db: None) -> None:
    begun: list[bool] = []
    with pytest.raises(UnknownTask, match="vanished"):
        perform(claimed("vanished"), worker="w", holder=uuid.uuid4(), begun=lambda: begun.append(True))
    assert not begun


@pytest.mark.parametrize("kind", ["set", "nul", "surrogate", "nan", "huge"])
def test_a_result_that_cannot_be_stored_is_a_success(do: Do, kind: str) -> None:
    ending, run = do("odd_result", kind)
    assert (ending.outcome, run.state) == (Outcome.SUCCEEDED, State.SUCCESSFUL)
    assert run.result is not None


@pytest.mark.parametrize("kind", ["silent", "deep", "group", "huge", "nul"])
def test_an_exception_may_be_as_odd_as_it_likes(do: Do, kind: str) -> None:
    ending, run = do("odd_error", kind)
    assert (ending.outcome, run.state) == (Outcome.FAILED, State.FAILED)
    assert len(ending.error) < 70_000 and len(ending.traceback) < 70_000
    assert Attempt.objects.get(run=run).error_class == ending.error_class


def test_the_log_is_bounded_and_says_what_is_missing(do: Do, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ending, _ = do("chatter", 20_000)
    assert "logged 0\n" in ending.log and "logged 19999\n" in ending.log
    assert "characters left out" in ending.log and len(ending.log) < 70_000


def test_signals_are_sent_and_a_receiver_that_raises_loses_nothing(do: Do) -> None:
    seen: list[tuple[str, str]] = []

    def receive(signal: Any, task_result: Any, **_: Any) -> None:
        seen.append(("started" if signal is task_started else "finished", task_result.status))
        raise SystemExit("a receiver that does not return")

    task_started.connect(receive)
    task_finished.connect(receive)
    try:
        ending, _ = do("note", "hello")
    finally:
        task_started.disconnect(receive)
        task_finished.disconnect(receive)
    assert ending.outcome == Outcome.SUCCEEDED
    assert seen == [("started", TaskResultStatus.RUNNING), ("finished", TaskResultStatus.SUCCESSFUL)]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_was_left_open_is_rolled_back(do: Do) -> None:
    do("leave_a_transaction", "ghosts")
    assert connection.get_autocommit()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM auth_group WHERE name = 'ghosts'")
        assert cursor.fetchone() == (0,)


def test_outside_of_a_run_there_is_no_current_run(do: Do) -> None:
    do("note", "hello")
    assert current_run() is None


def test_the_lines_an_operator_greps(do: Do, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rota")
    do("note", "fine")
    ending, _ = do("third_time_lucky", "x")
    name = f"tests.project.work_tasks.third_time_lucky[{ending.run_id}]"
    assert f"Starting {name} (attempt 1/3)" in caplog.text
    failed = next(record for record in caplog.records if record.levelname == "ERROR")
    assert "(attempt 1/3), next attempt in 0s: ConnectionError: attempt 1 fails" in failed.getMessage()
    assert any("succeeded in 0.0" in record.getMessage() for record in caplog.records)


def test_an_attempt_after_a_loss_may_be_beyond_the_policy() -> None:
    fields = dict.fromkeys(
        ("run_id", "token", "task_path", "args", "kwargs", "terms", "backend", "queue_name", "priority", "run_after",
         "enqueued_at", "due_at", "nominal_at", "recovered", "alone", "origin", "schedule_id")
    )  # fmt: skip
    from rota.ledger.claim import Claimed

    assert attempt_of(Claimed(**fields, attempt=2, max_attempts=4)) == "2/4"  # type: ignore[arg-type]
    assert attempt_of(Claimed(**fields, attempt=2, max_attempts=1)) == "2/2"  # type: ignore[arg-type]
