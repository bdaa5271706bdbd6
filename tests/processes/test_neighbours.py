"""Whatever one run does to its process, its neighbours lose no attempt, and no process is left behind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil
import pytest

import rota
from rota.models import Outcome, Process, Run, State
from rota.policies import Terms
from tests.processes.conftest import StartHost, ended, outcomes, put, state, until, witness

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

THREADS, LOOP = {"threads": 4}, {"asyncio": 4, "threads": 2}
FORMS = pytest.mark.parametrize("form", [THREADS, LOOP], ids=["threads", "loop"])


def begun(folder: Path, *names: str) -> None:
    """Wait until these have begun."""
    until(lambda: {f"{name} START" for name in names} <= set(witness(folder)))


def was_spared(run: Run, because_of: Run) -> bool:
    """Whether its first attempt did not count, says why, and its second went well."""
    first = run.attempts.order_by("number")[0]
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.LOST, Outcome.SUCCEEDED])
    assert f"because of run {because_of.pk}" in first.error and "does not count" in first.error
    return (run.attempt_count, run.max_attempts, run.alone) == (2, 2, False)


@FORMS
def test_a_hard_timeout_costs_its_own_run_alone(
    host: StartHost, witnessed: Path, form: dict[str, int]
) -> None:
    neighbour = put("patient_later" if "asyncio" in form else "patient", "neighbour")
    supervisor = host(**form)
    begun(witnessed, "neighbour")
    if "asyncio" in form:
        guilty = put("hog_the_loop", "guilty")
    else:
        guilty = put("sleep", 60, "guilty", terms=Terms(hard_timeout=1))
    until(ended(guilty, neighbour))
    assert (state(guilty), outcomes(guilty)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert "hard timeout of 1 s" in guilty.attempts.get().error
    assert was_spared(neighbour, guilty)
    assert f"Run {neighbour.pk} was beside it. Its process was ended because of run" in supervisor.log
    assert supervisor.stop() == 0


@FORMS
def test_a_task_that_does_not_stop_is_killed_and_its_neighbours_go_on(
    host: StartHost, witnessed: Path, form: dict[str, int]
) -> None:
    kind = "_later" if "asyncio" in form else ""
    neighbour = put(f"patient{kind}", "neighbour")
    supervisor = host(**form)
    begun(witnessed, "neighbour")
    willing, stubborn, other = (
        put("sleep_later", 60, "willing"), put(f"stubborn{kind}", "stubborn"), put(f"stubborn{kind}", "other")
    )  # fmt: skip
    begun(witnessed, "willing", "stubborn", "other")
    for run in (willing, stubborn, other):
        assert rota.cancel(run.pk, attempt=1) is False
    until(ended(willing, stubborn, other))
    assert {state(run) for run in (willing, stubborn, other)} == {State.CANCELLED}
    assert [outcomes(run) for run in (willing, stubborn, other)] == [[Outcome.CANCELLED]] * 3
    until(ended(neighbour))
    guilty = other if "because of run" in stubborn.attempts.get().error else stubborn
    assert was_spared(neighbour, guilty)
    assert witness(witnessed).count("other START") == 1
    assert supervisor.stop() == 0


def test_no_kill_leaves_a_process_behind(host: StartHost, witnessed: Path) -> None:
    supervisor = host(threads=3)
    until(lambda: len(supervisor.children) == 2)
    worker = psutil.Process(Process.objects.get(kind="worker").pid)
    timed_out = put("start_others", "timed out", terms=Terms(hard_timeout=3))
    cancelled = put("start_others", "cancelled", terms=Terms(at_most_once=False))
    begun(witnessed, "timed out", "cancelled")
    started = worker.children(recursive=True)
    assert len(started) == 4
    until(ended(timed_out))
    assert not any(running(one) for one in started)
    until(lambda: witness(witnessed).count("cancelled START") == 2)
    again = until(lambda: Process.objects.filter(kind="worker", stopped_at=None).first())
    started = psutil.Process(again.pid).children(recursive=True)
    beside = [one for one in started if os.getpgid(one.pid) == again.pid]
    assert (len(started), len(beside)) == (2, 1)
    # It dies by itself: what had left its group is out of reach, unless the supervisor has seen it before.
    supervisor.end_child(again.pid)
    until(lambda: not running(beside[0]))
    for one in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    Run.objects.filter(pk=cancelled.pk).update(state=State.CANCELLED)
    supervisor.stop()


def running(process: psutil.Process) -> bool:
    """Whether it has not ended; what nobody has waited for yet has ended too."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


STOPS = "tests.project.stop_tasks."


@pytest.mark.parametrize("awaits", [True, False], ids=["awaits", "returns"])
def test_a_coroutine_that_cancels_itself_ends_alone(host: StartHost, witnessed: Path, awaits: bool) -> None:
    neighbour = put("wait_for_line", "go")
    supervisor = host(**LOOP)
    until(lambda: state(neighbour) == State.RUNNING)
    guilty = put("note", awaits, task_path=f"{STOPS}cancels_itself")
    until(ended(guilty))
    last = put("note", "go")
    until(ended(neighbour, last))
    assert (state(guilty), outcomes(guilty)) == (State.FAILED, [Outcome.FAILED])
    assert guilty.attempts.get().error_class == "asyncio.exceptions.CancelledError"
    assert (outcomes(neighbour), outcomes(last)) == ([Outcome.SUCCEEDED], [Outcome.SUCCEEDED])
    assert Process.objects.filter(kind="worker").count() == 1
    assert supervisor.stop() == 0


def test_an_exit_in_a_part_of_a_coroutine_fails_no_neighbour(host: StartHost, witnessed: Path) -> None:
    neighbour = put("patient_later", "neighbour")
    supervisor = host(**LOOP)
    begun(witnessed, "neighbour")
    guilty = put("note", task_path=f"{STOPS}exits_in_a_part", args=[])
    until(ended(guilty, neighbour))
    assert outcomes(guilty) == outcomes(neighbour) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert (state(guilty), state(neighbour)) == (State.SUCCESSFUL, State.SUCCESSFUL)
    assert supervisor.stop() == 0
