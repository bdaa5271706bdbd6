"""C6, C7: the database does as it was told and the answer is lost, or it is away when an outcome is to be stored."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from rota.models import Outcome, State
from rota.processes.carrier import DOUBT
from tests.faults.conftest import StartHost, ask, ended, outcomes, said, state, until, witness
from tests.faults.held import hold
from tests.faults.locks import nobody_commits, nobody_writes_runs, somebody_waits
from tests.faults.wire import Wire, through, wire_to_the_server

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

has_a_wire = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is a file: no answer gets lost")
only_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="only PostgreSQL can be stopped in the middle of a COMMIT"
)
TWICE_THE_LEASE = 6.0


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wire_to_the_server() as found:
        yield found


@only_postgres
def test_an_outcome_whose_answer_is_lost_is_stored_once(
    start: StartHost, witnessed: Path, wire: Wire
) -> None:
    with nobody_commits(State.SUCCESSFUL):
        run = ask("work.note", "note")
        host = start(env=through(wire))
        until(somebody_waits)
        children, opened = host.children, wire.opened
        wire.cut()
        until(lambda: wire.opened > opened)
    until(ended(run))
    after = ask("work.note", "after")
    until(ended(after))
    assert (state(run), outcomes(run), run.attempt_count) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], 1)
    assert "too late" not in host.log
    assert witness(witnessed) == ["note START", "after START"]
    assert host.children == children
    assert host.stop() == 0


@only_postgres
@pytest.mark.parametrize("seconds", [0, pytest.param(DOUBT + 2, marks=pytest.mark.slow)])
def test_a_claim_whose_answer_is_lost_is_found_and_given_back(
    start: StartHost, witnessed: Path, wire: Wire, seconds: float
) -> None:
    with nobody_commits(State.RUNNING):
        run = ask("work.note", "note")
        host = start(env=through(wire))
        until(somebody_waits)
        children, opened = host.children, wire.opened
        wire.cut()
        until(lambda: wire.opened > opened)
        time.sleep(seconds)
    until(ended(run), 60)
    # The worker lives, so no sweep may touch what it holds: it has to find out by itself.
    assert (state(run), outcomes(run), run.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert witness(witnessed) == ["note START"]
    assert host.children == children
    assert host.stop() == 0


@has_a_wire
@pytest.mark.slow
def test_a_database_that_is_away_longer_than_the_lease_loses_no_outcome(
    start: StartHost, witnessed: Path, wire: Wire
) -> None:
    hand = hold(witnessed, "body")
    run, other = ask("work.body", "work"), ask("work.nap", TWICE_THE_LEASE, "outage")
    hosts = [start(env=through(wire)), start(env=through(wire))]
    until(said(witnessed, "work body", "outage START"))
    wire.cut(for_good=True)
    hand.unlink()
    until(said(witnessed, "work END", "outage END"))
    wire.mend()
    until(ended(run, other))
    # Nobody could see anybody's lease, so nobody was taken over; the outcomes waited for the database.
    for one in (run, other):
        assert (state(one), outcomes(one), one.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert sorted(witness(witnessed)) == ["outage END", "outage START", "work END", "work START", "work body"]
    assert all("the database is back" in host.log for host in hosts)
    assert [host.stop() for host in hosts] == [0, 0]


@pytest.mark.slow
def test_a_ledger_that_nobody_can_write_for_longer_than_the_lease_loses_no_outcome(
    start: StartHost, witnessed: Path
) -> None:
    hand = hold(witnessed, "body")
    run = ask("work.body", "work")
    other = ask("work.nap", TWICE_THE_LEASE, "outage")
    hosts = [start(), start()]
    until(said(witnessed, "work body", "outage START"))
    with nobody_writes_runs():
        hand.unlink()
        until(said(witnessed, "work END", "outage END"))
        until(somebody_waits)
    until(ended(run, other))
    for one in (run, other):
        assert (state(one), outcomes(one), one.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert witness(witnessed).count("work START") == 1
    assert [host.stop() for host in hosts] == [0, 0]
