"""Processes that have worked enough, or hold too much, make room for new ones; far too much ends them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from rota.models import Outcome, Process, State
from rota.policies import Terms
from rota.processes.stint import Stint
from tests.processes.conftest import StartHost, alive, ended, outcomes, put, state, until, witness

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("roll", "limit"), [(0.0, 90), (0.5, 100), (1.0, 110)])
def test_processes_that_began_together_do_not_all_go_at_once(roll: float, limit: int) -> None:
    stint = Stint(100, roll=lambda: roll)
    for _ in range(limit):
        assert stint.reason == ""
        stint.ended_one()
    assert stint.reason == f"it has performed {limit} run(s)"


def test_who_has_done_nothing_has_no_reason_to_go() -> None:
    stint = Stint(None)
    stint.ask("it holds too much")
    assert stint.reason == ""
    stint.ended_one()
    assert stint.reason == "it holds too much"


@pytest.mark.parametrize("form", [{}, {"threads": 2}, {"asyncio": 2}], ids=["plain", "threads", "loop"])
def test_a_process_makes_room_after_so_many_runs(host: StartHost, form: dict[str, int]) -> None:
    runs = [put("who") for _ in range(40)]
    supervisor = host(max_tasks=10, **form)
    until(ended(*runs))
    assert {(state(run), run.attempt_count) for run in runs} == {(State.SUCCESSFUL, 1)}
    counted = Counter(run.result for run in runs)
    # In threads a neighbour may end after the last run that counts.
    assert max(counted.values()) <= 11 + (1 if form else 0) and len(counted) >= 4
    assert "makes room for a new one: it has performed" in supervisor.log
    gone = Process.objects.filter(kind="worker", stopped_at__isnull=False)
    assert set(gone.values_list("end", flat=True)) == {"exit status 0"}
    assert supervisor.stop() == 0


def test_once_is_not_over_when_a_process_makes_room(host: StartHost) -> None:
    runs = [put("who") for _ in range(4)]
    assert host(once=True, max_tasks=1, processes=2).wait(150) == 0
    assert {state(run) for run in runs} == {State.SUCCESSFUL}
    assert len({run.result for run in runs}) == 4


def test_the_next_process_is_there_before_the_last_run_of_the_old_one_has_ended(
    host: StartHost, witnessed: Path
) -> None:
    slow = put("sleep", 60, "slow")
    host(threads=2, max_tasks=1)
    until(lambda: "slow START" in witness(witnessed))
    last, following = put("who"), put("who")
    until(ended(last, following))
    assert last.result != following.result or state(slow) == State.RUNNING
    assert state(slow) == State.RUNNING
    assert Process.objects.filter(kind="worker", stopped_at=None).count() == 2


def test_a_process_that_holds_too_much_makes_room_between_two_runs(host: StartHost) -> None:
    leaking = put("leak", 500)
    supervisor = host(max_memory=400)
    until(ended(leaking))
    until(lambda: re.search(r"makes room for a new one: it holds \d+ MB, more than 400 MB", supervisor.log))
    after = put("who")
    until(ended(leaking, after))
    assert [state(leaking), state(after)] == [State.SUCCESSFUL] * 2
    assert leaking.result != after.result
    row = Process.objects.get(pid=after.result)
    until(lambda: Process.objects.get(pk=row.pk).memory, 20)
    assert 20e6 < Process.objects.get(pk=row.pk).memory < 400e6
    assert supervisor.stop() == 0


def test_a_run_that_takes_far_too_much_is_ended_and_its_neighbour_is_not_blamed(
    host: StartHost, witnessed: Path
) -> None:
    neighbour = put("patient", "neighbour")
    supervisor = host(threads=2, kill_memory=500)
    until(lambda: "neighbour START" in witness(witnessed))
    greedy = put("swell", 600, "greedy", 1)
    until(ended(greedy, neighbour))
    assert outcomes(greedy) == outcomes(neighbour) == [Outcome.LOST, Outcome.SUCCEEDED]
    assert "more than the 500 MB at which it is killed" in greedy.attempts.order_by("number")[0].error
    assert f"because of run {greedy.pk}" in neighbour.attempts.order_by("number")[0].error
    greedy.refresh_from_db()
    neighbour.refresh_from_db()
    assert (greedy.max_attempts, neighbour.max_attempts) == (1, 2)
    assert supervisor.stop() == 0


def test_what_a_task_has_started_counts_too_and_ends_too(host: StartHost, witnessed: Path) -> None:
    greedy = put("swell_elsewhere", 600, "greedy", terms=Terms(at_most_once=True))
    host(max_memory=250)
    until(ended(greedy))
    assert (state(greedy), outcomes(greedy)) == (State.FAILED, [Outcome.LOST])
    pid = int(next(line for line in witness(witnessed) if "STARTED" in line).split()[-1])
    until(lambda: not alive(pid))
