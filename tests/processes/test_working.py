"""Real workers on a real database: what becomes of runs, whatever their tasks do."""

from __future__ import annotations

from pathlib import Path

import pytest

from rota.ledger.cancel import ask_to_stop
from rota.models import Attempt, Outcome, Process, Run, State
from rota.policies import Terms
from tests.processes.conftest import USING, StartHost, alive, ended, outcomes, put, state, until, witness

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_runs_end_as_their_tasks_do(host: StartHost) -> None:
    plain, coroutine, context = put("note", "plain"), put("note_later", "coroutine"), put("attempt")
    failing, retrying = put("fail", "no luck"), put("third_time_lucky", "lucky")
    soft, tidy = put("too_long", "soft"), put("tidies_up", "tidy")
    leaving, talking = put("leave", "interrupt"), put("chatter", 3)
    supervisor = host()
    until(ended(plain, coroutine, context, failing, retrying, soft, tidy, leaving, talking))
    assert supervisor.stop() == 0
    assert [state(run) for run in (plain, coroutine, context, tidy)] == [State.SUCCESSFUL] * 4
    assert (plain.result, coroutine.result, context.result, tidy.result) == (
        "plain",
        "coroutine",
        1,
        "tidied",
    )
    assert (state(failing), outcomes(failing)) == (State.FAILED, [Outcome.FAILED])
    assert outcomes(retrying) == [Outcome.FAILED, Outcome.FAILED, Outcome.SUCCEEDED]
    assert (state(soft), outcomes(soft)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert (state(leaving), outcomes(leaving)) == (State.FAILED, [Outcome.FAILED])
    assert "printed 2\n" in talking.attempts.get().log
    second = Attempt.objects.get(run=retrying, number=2)
    assert "INFO project.work: this is attempt 2" in second.log and "attempt 2 fails" in second.traceback
    name = "tests.project.work_tasks.third_time_lucky"
    assert f"Task {name}[{retrying.pk}] received" in supervisor.log
    assert f"Starting {name}[{retrying.pk}] (attempt 2/3)" in supervisor.log
    assert f"Task {name}[{retrying.pk}] succeeded in 0." in supervisor.log
    for line in (
        "running missed task check...",
        "Checking for missed scheduled tasks...",
        "No missed tasks detected",
    ):
        assert line in supervisor.log


def test_a_task_that_kills_its_process_takes_no_neighbour_along(host: StartHost, witnessed: Path) -> None:
    poison = put("die", "kill", "kill")
    leaving = [put("die", how, how, terms=Terms(at_most_once=True)) for how in ("exit", "segfault")]
    once, never_again = put("die_once", "once"), put("die_and_stay_dead", "never again")
    neighbours = [put("note", f"neighbour {n}") for n in range(20)]
    host(processes=2)
    until(ended(poison, *leaving, once, never_again, *neighbours), 120)
    assert (state(poison), outcomes(poison)) == (State.FAILED, [Outcome.LOST] * 3)
    assert [outcomes(run) for run in leaving] == [[Outcome.LOST]] * 2
    assert (state(once), outcomes(once)) == (State.SUCCESSFUL, [Outcome.LOST, Outcome.SUCCEEDED])
    assert (state(never_again), outcomes(never_again)) == (State.FAILED, [Outcome.LOST])
    assert all((state(run), run.attempt_count) == (State.SUCCESSFUL, 1) for run in neighbours)
    lines = witness(witnessed)
    assert [lines.count(f"{how} START") for how in ("kill", "exit", "segfault")] == [3, 1, 1]
    assert lines.count("never again START") == 1
    assert "killed by signal 9 (SIGKILL)" in Attempt.objects.filter(run=poison)[0].error
    ends = set(Process.objects.filter(kind="worker", stopped_at__isnull=False).values_list("end", flat=True))
    assert {"exit status 0", "killed by signal 11 (SIGSEGV)"} <= ends


def test_a_hard_timeout_ends_the_process_and_all_it_started(host: StartHost, witnessed: Path) -> None:
    deaf, forking = put("deaf", "deaf"), put("fork_and_wait", "fork", terms=Terms(hard_timeout=1))
    after = put("note", "after")
    supervisor = host()
    until(ended(deaf, forking, after))
    for run in (deaf, forking):
        assert (state(run), outcomes(run)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert "hard timeout of 0.5 s" in deaf.attempts.get().error
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    grandchild = int(next(line for line in witness(witnessed) if "GRANDCHILD" in line).split()[-1])
    until(lambda: not alive(grandchild))
    assert supervisor.stop() == 0


def test_cancelling_is_first_asked_for_and_then_enforced(host: StartHost, witnessed: Path) -> None:
    willing, stubborn = put("sleep", 60, "willing"), put("stubborn", "stubborn")
    bystander = put("sleep", 1, "bystander")
    host(processes=3)
    until(lambda: {"willing START", "stubborn START"} <= set(witness(witnessed)))
    for run in (willing, stubborn):
        assert ask_to_stop(run.pk, 1, using=USING)
    until(ended(willing, stubborn, bystander))
    assert {state(willing), state(stubborn)} == {State.CANCELLED}
    assert state(bystander) == State.SUCCESSFUL
    assert "stubborn swallowed RunCancelled" in witness(witnessed)
    assert "did not stop" in stubborn.attempts.get().error


def test_threads_perform_side_by_side(host: StartHost, witnessed: Path) -> None:
    first, second = put("too_long_in_steps", "first"), put("sleep", 1, "second")
    poison = put("die_and_stay_dead", "alone")
    many = [put("note", str(n)) for n in range(50)]
    host(threads=4)
    until(ended(first, second, poison, *many))
    assert outcomes(first) == [Outcome.TIMED_OUT]
    assert (state(second), outcomes(second)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert (state(poison), outcomes(poison)) == (State.FAILED, [Outcome.LOST])
    assert Run.objects.filter(state=State.SUCCESSFUL, attempt_count=1).count() == 51


def test_what_nobody_knows_is_parked_and_gets_its_chance(host: StartHost) -> None:
    vanished, other = put("vanished"), put("note", "other")
    supervisor = host(processes=2)
    until(ended(other))
    until(lambda: Run.objects.get(pk=vanished.pk).parked_at)
    assert "does not know: tests.project.work_tasks.vanished" in supervisor.log
    assert supervisor.stop() == 0
    # New code that knows the task is deployed.
    Run.objects.filter(pk=vanished.pk).update(task_path=other.task_path, args=["found"])
    host()
    until(ended(vanished))
    assert (state(vanished), vanished.attempt_count) == (State.SUCCESSFUL, 1)


def test_many_short_runs_are_claimed_in_batches(host: StartHost, witnessed: Path) -> None:
    runs = [put("note", str(n)) for n in range(600)]
    host(processes=2)
    until(ended(*runs))
    assert sorted(witness(witnessed), key=int) == [str(n) for n in range(600)]
    tokens = Attempt.objects.filter(outcome=Outcome.SUCCEEDED).count()
    assert tokens == 600
