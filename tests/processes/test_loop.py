"""Workers with an event loop: coroutines side by side, sync tasks beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from rota.ledger.cancel import ask_to_stop
from rota.models import Outcome, State
from rota.policies import Terms
from tests.processes.conftest import USING, StartHost, ended, outcomes, put, state, until, witness

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_coroutines_run_at_once_and_each_knows_its_own_run(host: StartHost) -> None:
    runs = [put("meet", "everybody", 20) for _ in range(20)]
    supervisor = host(asyncio=20)
    until(ended(*runs))
    assert supervisor.stop() == 0
    for run in runs:
        assert state(run) == State.SUCCESSFUL
        assert run.result == str(run.pk)
        log = run.attempts.get().log
        assert f"{run.pk} has arrived" in log and f"{run.pk} goes on" in log
        assert log.count("has arrived") == log.count("goes on") == 1


def test_a_sync_task_holds_up_nobody(host: StartHost, witnessed: Path) -> None:
    slow = [put("sleep", 60, f"slow {n}") for n in range(2)]
    supervisor = host(asyncio=10, threads=2, settings={"STOP_WITHIN": 1})
    until(lambda: len(witness(witnessed)) == 2)
    # Both threads are taken: a third sync task waits for one, and coroutines go past it.
    third = put("note", "third")
    quick = [put("note_later", f"quick {n}") for n in range(30)]
    until(ended(*quick))
    assert {state(run) for run in quick} == {State.SUCCESSFUL}
    assert state(third) == State.RUNNING
    assert supervisor.stop() == 70
    assert [outcomes(run) for run in slow] == [[Outcome.LOST]] * 2
    assert (state(third), outcomes(third)) == (State.READY, [])


def test_what_waits_for_a_thread_is_given_back_on_stopping(host: StartHost, witnessed: Path) -> None:
    slow = put("sleep", 3, "slow")
    supervisor = host(asyncio=10, threads=1)
    until(lambda: "slow START" in witness(witnessed))
    waiting = put("note", "waiting")
    until(lambda: state(waiting) == State.RUNNING)
    assert supervisor.stop() == 75
    assert (state(slow), state(waiting), waiting.attempt_count) == (State.SUCCESSFUL, State.READY, 0)
    assert "waiting" not in witness(witnessed)


def test_runs_end_as_their_tasks_do(host: StartHost, witnessed: Path) -> None:
    late, willing = put("too_long_later", "late"), put("sleep_later", 60, "willing")
    failing, leaving, context = put("fail", "no luck"), put("leave", "generator"), put("attempt")
    lucky, vanished = put("third_time_lucky", "lucky"), put("vanished")
    once = put("note_later", "once", terms=Terms(at_most_once=True))
    supervisor = host(asyncio=10)
    until(lambda: "willing START" in witness(witnessed))
    assert ask_to_stop(willing.pk, 1, using=USING)
    until(ended(late, willing, failing, leaving, context, lucky, once))
    assert (state(late), outcomes(late)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert (state(willing), outcomes(willing)) == (State.CANCELLED, [Outcome.CANCELLED])
    assert "willing CANCELLED" in witness(witnessed)
    assert [outcomes(run) for run in (failing, leaving)] == [[Outcome.FAILED]] * 2
    assert (state(context), context.result, state(once)) == (State.SUCCESSFUL, 1, State.SUCCESSFUL)
    assert outcomes(lucky) == [Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED]
    until(lambda: "does not know: tests.project.work_tasks.vanished" in supervisor.log)
    assert supervisor.stop() == 0
    assert state(vanished) == State.READY


def test_each_coroutine_has_connections_of_its_own_and_leaves_them_clean(host: StartHost) -> None:
    dirty = [put("leave_a_transaction_later", f"never {n}") for n in range(3)]
    host(asyncio=3)
    until(ended(*dirty))
    clean = [put("count_groups") for _ in range(6)]
    until(ended(*clean))
    assert {state(run) for run in [*dirty, *clean]} == {State.SUCCESSFUL}
    assert [run.result[0] for run in clean] == [0] * 6
    assert Group.objects.count() == 0


def test_many_short_coroutines(host: StartHost, witnessed: Path) -> None:
    runs = [put("note_later", str(n)) for n in range(600)]
    supervisor = host(asyncio=30)
    until(ended(*runs))
    assert sorted(witness(witnessed), key=int) == [str(n) for n in range(600)]
    assert supervisor.stop() == 0
