"""C23: a request to stop names one attempt; it races with the end of it and never hits what comes after."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rota.ledger.cancel import ask_to_stop
from rota.models import Outcome, State
from rota.processes.reaper import AFTER_ASKING
from tests.faults.conftest import USING, StartHost, ask, ended, outcomes, said, state, until, witness
from tests.faults.held import hold
from tests.faults.locks import nobody_writes_runs, somebody_waits

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_a_request_that_comes_after_the_body_hits_nobody(start: StartHost, witnessed: Path) -> None:
    hand = hold(witnessed, "ended")
    first = ask("work.ended", "first")
    supervisor = start()
    until(said(witnessed, "first ended"))
    second = ask("work.nap", AFTER_ASKING + 1.5, "second")
    assert ask_to_stop(first.pk, 1, using=USING)
    time.sleep(1.2)  # the supervisor looks for requests twice a second
    hand.unlink()
    until(ended(first, second))
    # It had ended before anybody asked: that stands. The run after it in this process has more time than a kill takes.
    assert (state(first), outcomes(first), first.cancel_attempt) == (
        State.SUCCESSFUL,
        [Outcome.SUCCEEDED],
        None,
    )
    assert (state(second), outcomes(second)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert " died: " not in supervisor.log


def test_a_request_while_the_outcome_is_stored_changes_nothing(start: StartHost, witnessed: Path) -> None:
    hand = hold(witnessed, "body")
    run, after = ask("work.body", "work"), ask("work.note", "after")
    start()
    until(said(witnessed, "work body"))
    with nobody_writes_runs():
        hand.unlink()
        until(said(witnessed, "work END"))
        until(somebody_waits)
    asked = ask_to_stop(run.pk, 1, using=USING)
    until(ended(run, after))
    # Whoever comes first; never both, and never the next one.
    assert (state(run), outcomes(run), asked) in [
        (State.SUCCESSFUL, [Outcome.SUCCEEDED], True),
        (State.SUCCESSFUL, [Outcome.SUCCEEDED], False),
    ]
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])


def test_a_request_for_an_attempt_that_is_over_is_refused(start: StartHost, witnessed: Path) -> None:
    hand = hold(witnessed, "body")
    run = ask("work.body", "work")
    start()
    until(said(witnessed, "work body"))
    assert not ask_to_stop(run.pk, 2, using=USING)
    hand.unlink()
    until(ended(run))
    assert not ask_to_stop(run.pk, 1, using=USING)
    assert (state(run), run.cancel_attempt) == (State.SUCCESSFUL, None)


def test_what_was_claimed_and_has_not_begun_never_begins(start: StartHost, witnessed: Path) -> None:
    hand = hold(witnessed, "body")
    busy = ask("work.body", "busy")
    start(threads=2)
    until(said(witnessed, "busy body"))
    waiting = ask(
        "work.note", "waiting", at_most_once=True
    )  # it must be alone, so it lies in the worker's hands
    until(lambda: state(waiting) == State.RUNNING)
    asked = ask_to_stop(waiting.pk, 1, using=USING)
    until(lambda: state(waiting) != State.RUNNING)
    hand.unlink()
    until(ended(busy, waiting))
    assert state(busy) == State.SUCCESSFUL
    if asked:
        assert (state(waiting), outcomes(waiting)) == (State.CANCELLED, [])
        assert "waiting START" not in witness(witnessed)
