"""C11 to C16: tasks that hang, ignore signals, fork, eat memory, crash, or leave by an odd door."""

from __future__ import annotations

from pathlib import Path

import pytest

from rota.models import Outcome, State
from tests.faults.conftest import (
    StartHost,
    alive,
    ask,
    ended,
    outcomes,
    said,
    state,
    until,
    witness,
)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_what_never_ends_is_ended(start: StartHost, witnessed: Path) -> None:
    hung = [
        ask("work.spin", "spin", hard_timeout=0.5),
        ask("work.read_for_ever", "read", hard_timeout=0.5),
        ask("work.keep_the_lock", 100, "lock", hard_timeout=0.5),
        ask("work.trap_everything", "trap", soft_timeout=0.2, hard_timeout=0.7),
    ]
    soft, after = ask("work.read_for_ever", "soft", soft_timeout=0.3), ask("work.note", "after")
    supervisor = start(processes=2)
    until(ended(*hung, soft, after))
    for run in hung:
        assert (state(run), outcomes(run)) == (State.FAILED, [Outcome.TIMED_OUT]), run.args
        assert "hard timeout of 0." in run.attempts.get().error
    assert (state(soft), outcomes(soft)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert "soft timeout of 0.3 s" in soft.attempts.get().error
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert supervisor.stop() == 0


def test_a_task_that_ignores_every_signal_does_not_hold_up_the_stop(
    start: StartHost, witnessed: Path
) -> None:
    run = ask("work.trap_everything", "trap")
    supervisor = start(settings={"STOP_WITHIN": 1})
    until(said(witnessed, "trap START"))
    children = supervisor.children
    assert supervisor.stop() == 70
    assert (state(run), outcomes(run)) == (State.READY, [Outcome.LOST])
    assert not any(alive(pid) for pid in children)


def test_what_a_task_forked_ends_with_it_and_the_others_work_on(start: StartHost, witnessed: Path) -> None:
    bomb = ask("work.brood", 25, "bomb", hard_timeout=3)
    supervisor = start(processes=2)
    until(said(witnessed, "bomb START"))
    until(lambda: len(witness(witnessed)) == 51)
    others = [ask("work.note", f"other {number}") for number in range(20)]
    until(ended(*others))
    until(ended(bomb))
    assert (state(bomb), outcomes(bomb)) == (State.FAILED, [Outcome.TIMED_OUT])
    assert all((state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED]) for run in others)
    brood = [int(line.split()[-1]) for line in witness(witnessed) if "CHILD" in line]
    assert len(brood) == 50
    until(lambda: not any(alive(pid) for pid in brood))
    assert supervisor.stop() == 0


DEATHS = {
    "kill": "killed by signal 9 (SIGKILL)",
    "group": "killed by signal 9 (SIGKILL)",
    "segfault": "killed by signal 11 (SIGSEGV)",
    "abort": "killed by signal 6 (SIGABRT)",
    "_exit": "exit status 0",
}


def test_a_task_whose_process_ends_is_lost_and_never_a_success(start: StartHost, witnessed: Path) -> None:
    dying = {how: ask("work.die", how, how, at_most_once=True) for how in DEATHS}
    after = ask("work.note", "after")
    supervisor = start(processes=2)
    until(ended(*dying.values(), after))
    for how, run in dying.items():
        assert (state(run), outcomes(run), run.attempt_count) == (State.FAILED, [Outcome.LOST], 1), how
        assert DEATHS[how] in run.attempts.get().error
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert supervisor.stop() == 0


DOORS = [
    "sys.exit",
    "sys.exit 0",
    "SystemExit",
    "KeyboardInterrupt",
    "GeneratorExit",
    "StopIteration",
    "CancelledError",
]


def test_a_task_that_leaves_by_an_odd_door_has_failed(start: StartHost, witnessed: Path) -> None:
    plain = {how: ask("work.leave", how, how) for how in DOORS}
    coroutines = {how: ask("work.leave_later", how, f"later {how}") for how in DOORS}
    too_large = ask("work.eat", "eat")
    after = ask("work.note", "after")
    supervisor = start()
    until(ended(*plain.values(), *coroutines.values(), too_large, after))
    children = supervisor.children
    for how, run in [*plain.items(), *coroutines.items(), ("memory", too_large)]:
        assert (state(run), outcomes(run)) == (State.FAILED, [Outcome.FAILED]), (how, run.task_path)
    assert too_large.attempts.get().error_class == "builtins.MemoryError"
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    # None of them has ended the worker.
    assert len(children) == 1 and " died: " not in supervisor.log
    assert supervisor.stop() == 0
