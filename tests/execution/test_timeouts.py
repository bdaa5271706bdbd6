"""Soft timeouts: an exception in the task, and nowhere else."""

from __future__ import annotations

import threading
import time
import uuid

import pytest

from rota.exceptions import RunCancelled, SoftTimeout
from rota.execution.timeouts import SignalAlarm, ThreadAlarm, alarm_for, interrupt, known_as, within
from rota.models import Outcome
from tests.execution.conftest import Do


def spin(seconds: float) -> None:
    """Work without blocking: an asynchronous exception arrives between two bytecodes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


@pytest.mark.django_db
def test_a_task_that_sleeps_too_long_is_interrupted(do: Do) -> None:
    began = time.monotonic()
    ending, _ = do("too_long", "x")
    assert time.monotonic() - began < 5
    assert (ending.outcome, ending.error_class) == (Outcome.TIMED_OUT, "rota.exceptions.SoftTimeout")
    assert "soft timeout of 0.2 s" in ending.error


@pytest.mark.django_db
def test_a_task_may_tidy_up_and_succeed(do: Do) -> None:
    assert do("tidies_up", "x")[0].result == "tidied"


@pytest.mark.django_db
def test_a_coroutine_is_cancelled_at_its_await(do: Do) -> None:
    ending, _ = do("too_long_later", "x")
    assert ending.outcome == Outcome.TIMED_OUT and "soft timeout of 0.2 s" in ending.error


def test_the_main_thread_uses_signals_and_others_do_not() -> None:
    kinds: list[type] = []
    thread = threading.Thread(target=lambda: kinds.append(type(alarm_for(1))))
    thread.start()
    thread.join()
    assert isinstance(alarm_for(1), SignalAlarm) and kinds == [ThreadAlarm]


def test_a_thread_is_interrupted_too() -> None:
    raised: list[BaseException] = []

    def work() -> None:
        try:
            within(ThreadAlarm(0.1), lambda: spin(10))
        except SoftTimeout as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert len(raised) == 1


def test_another_thread_can_interrupt_by_run_and_only_that_run() -> None:
    run_id = uuid.uuid4()
    timer = threading.Timer(0.1, lambda: interrupt(run_id, RunCancelled("stop it")))
    timer.start()
    with pytest.raises(RunCancelled, match="stop it"), known_as(run_id, alarm := alarm_for(None)):
        within(alarm, lambda: time.sleep(10))
    timer.join()
    assert not interrupt(run_id, RunCancelled("too late"))


def test_nothing_is_raised_after_the_end() -> None:
    for alarm in [SignalAlarm(0.02), ThreadAlarm(0.02), SignalAlarm(0.001), ThreadAlarm(0.001)]:
        for _ in range(50):
            try:
                within(alarm, lambda: spin(0.001))
            except SoftTimeout:
                alarm.reason = None
        spin(0.05)


def test_a_signal_that_comes_late_ends_nothing() -> None:
    alarm = SignalAlarm(None)
    within(alarm, lambda: None)
    alarm.ring(RunCancelled("late"))
    spin(0.02)
