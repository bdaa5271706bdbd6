"""C1 to C6: whoever performs a run is killed between any two steps of its way."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from rota import clock
from rota.models import Outcome, Run, State
from tests.faults.conftest import (
    USING,
    StartHost,
    alive,
    ask,
    ended,
    kill,
    outcomes,
    said,
    state,
    until,
    witness,
    worker_of,
)
from tests.faults.held import hold
from tests.faults.locks import nobody_commits, nobody_writes_runs, somebody_waits

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

only_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL can be stopped in the middle of a COMMIT"
)

STEPS = {"import": "late.note", "body": "work.body", "ended": "work.ended"}
"""Claimed and not begun; in the body; after the body, before anybody knows."""


def at_each_step(folder: Path) -> tuple[list[Path], dict[str, Run], dict[str, Run]]:
    """The hands that hold; a plain run at each step, and one that may begin only once."""
    hands = [hold(folder, step) for step in STEPS]
    plain = {step: ask(name, f"{step} plain") for step, name in STEPS.items()}
    once = {step: ask(name, f"{step} once", at_most_once=True) for step, name in STEPS.items()}
    return hands, plain, once


def everybody_stands(folder: Path) -> list[int]:
    """The six workers, each at its step."""
    lines = [f"{step} {kind} {step}" for step in ("body", "ended") for kind in ("plain", "once")]
    until(said(folder, *lines, "late import"))
    until(lambda: len(worker_of(folder, "late import")) == 2)
    return [pid for line in [*lines, "late import"] for pid in worker_of(folder, line)]


def starts(folder: Path, run: Run) -> int:
    """How often its body began."""
    return witness(folder).count(f"{run.args[0]} START")


def test_a_worker_killed_at_each_step(start: StartHost, witnessed: Path) -> None:
    hands, plain, once = at_each_step(witnessed)
    start(processes=6)
    kill(*everybody_stands(witnessed))
    for hand in hands:
        hand.unlink()
    until(ended(*plain.values(), *once.values()), 90)
    # The supervisor knows what had begun: only that has lost an attempt, and only that is not begun twice.
    for step, lost in {"import": [], "body": [Outcome.LOST], "ended": [Outcome.LOST]}.items():
        assert (state(plain[step]), outcomes(plain[step])) == (
            State.SUCCESSFUL,
            [*lost, Outcome.SUCCEEDED],
        ), step
        assert starts(witnessed, plain[step]) == len(lost) + 1
        assert outcomes(once[step]) == (lost or [Outcome.SUCCEEDED]), step
        assert (state(once[step]) == State.FAILED, starts(witnessed, once[step])) == (bool(lost), 1), step
    assert "killed by signal 9 (SIGKILL)" in plain["body"].attempts.get(number=1).error


@pytest.mark.slow
def test_a_host_killed_at_each_step(start: StartHost, witnessed: Path) -> None:
    hands, plain, once = at_each_step(witnessed)
    first = start(processes=6)
    children = everybody_stands(witnessed)
    first.signal(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in children), 10)
    for hand in hands:
        hand.unlink()
    assert {state(run) for run in [*plain.values(), *once.values()]} == {State.RUNNING}
    start()
    until(ended(*plain.values(), *once.values()))
    # Nobody knows what had begun: it goes back uncounted, and what may begin only once is given up.
    for step in STEPS:
        assert (state(plain[step]), outcomes(plain[step])) == (State.SUCCESSFUL, [Outcome.SUCCEEDED]), step
        assert (state(once[step]), outcomes(once[step])) == (State.FAILED, [Outcome.LOST]), step
    assert [starts(witnessed, plain[step]) for step in STEPS] == [1, 2, 2]
    assert [starts(witnessed, once[step]) for step in STEPS] == [0, 1, 1]


@pytest.mark.parametrize("victim", ["worker", pytest.param("host", marks=pytest.mark.slow)])
def test_killed_before_the_claim_commits(start: StartHost, witnessed: Path, victim: str) -> None:
    first = start()
    until(lambda: first.children)
    run = ask("work.note", "note", run_after=clock.now(USING) + timedelta(seconds=1))
    with nobody_writes_runs():
        while clock.now(USING) < run.run_after:
            time.sleep(0.05)
        until(somebody_waits)
        time.sleep(0.3)  # SQLite cannot tell that somebody waits
        workers = first.children
        if victim == "worker":
            kill(*workers)
        else:
            first.signal(signal.SIGKILL)
        until(lambda: not any(alive(pid) for pid in workers))
    if victim == "host":
        assert (state(run), run.attempt_count, run.alone) == (State.READY, 0, False)
        start()
    until(ended(run))
    assert (state(run), outcomes(run), run.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert witness(witnessed) == ["note START"]


@only_postgres
def test_killed_when_the_claim_is_committed_and_nobody_heard(start: StartHost, witnessed: Path) -> None:
    with nobody_commits(State.RUNNING):
        run = ask("work.note", "note")
        first = start()
        until(somebody_waits)
        kill(*first.children)
        until(lambda: "died" in first.log)
        assert state(run) == State.READY
    until(ended(run))
    # The claim of a dead worker came true after its death. It is found, nothing had begun, and nothing is counted.
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert witness(witnessed) == ["note START"]


@only_postgres
def test_asked_to_stop_in_the_middle_of_the_claims_commit(start: StartHost, witnessed: Path) -> None:
    with nobody_commits(State.RUNNING):
        run = ask("work.note", "note")
        first = start()
        until(somebody_waits)
        first.signal(signal.SIGTERM, whole=True)
        until(lambda: "Stopping" in first.log)
    code = first.wait()
    assert (code, state(run), witness(witnessed)) in [
        (75, State.READY, []),
        (0, State.SUCCESSFUL, ["note START"]),
    ]
    assert run.held_by is None and run.attempt_count == len(witness(witnessed))


@pytest.mark.parametrize("victim", ["worker", pytest.param("host", marks=pytest.mark.slow)])
def test_killed_while_its_outcome_is_being_stored(start: StartHost, witnessed: Path, victim: str) -> None:
    hand = hold(witnessed, "body")
    plain, once = ask("work.body", "plain"), ask("work.body", "once", at_most_once=True)
    first = start(processes=2)
    until(said(witnessed, "plain body", "once body"))
    workers = worker_of(witnessed, "plain body") + worker_of(witnessed, "once body")
    with nobody_writes_runs():
        hand.unlink()
        until(said(witnessed, "plain END", "once END"))
        until(somebody_waits)
        time.sleep(0.3)  # SQLite cannot tell that somebody waits
        if victim == "worker":
            kill(*workers)
            until(lambda: first.log.count(" died: ") == 2)
        else:
            first.signal(signal.SIGKILL)
            until(lambda: not any(alive(pid) for pid in workers))
    if victim == "host":
        start()
    until(ended(plain, once))
    if victim == "worker":
        # The supervisor has read the outcomes and stores them: nothing is lost, nothing is repeated.
        assert [outcomes(run) for run in (plain, once)] == [[Outcome.SUCCEEDED]] * 2
        assert (state(plain), plain.result) == (State.SUCCESSFUL, "plain")
        assert (starts(witnessed, plain), starts(witnessed, once)) == (1, 1)
    else:
        assert (state(plain), outcomes(plain)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
        assert (state(once), outcomes(once)) == (State.FAILED, [Outcome.LOST])
        assert (starts(witnessed, plain), starts(witnessed, once)) == (2, 1)


@only_postgres
def test_killed_when_its_outcome_is_stored_and_nobody_heard(start: StartHost, witnessed: Path) -> None:
    with nobody_commits(State.SUCCESSFUL):
        run = ask("work.note", "note", at_most_once=True)
        first = start()
        until(somebody_waits)
        kill(*first.children)
        until(lambda: " died: " in first.log)
    until(ended(run))
    after = ask("work.note", "after")
    until(ended(after))
    # What was stored by the dead worker is stored by the supervisor too, and is no news.
    assert (state(run), outcomes(run), run.result) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], "note")
    assert "too late" not in first.log
    assert witness(witnessed) == ["note START", "after START"]
