"""SQLite has one writer: a transaction that reads first, the engine's or the user's, is not refused when it writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction

from rota.ledger.cursors import open_cursor
from rota.models import Cursor, Run, Schedule, State
from tests.faults.conftest import USING, StartHost, ask, ended, until
from tests.faults.peers import end, go_on, heard, peer

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's"),
]


@pytest.fixture
def rival() -> Iterator[sqlite3.Connection]:
    """Somebody who does not wait."""
    found = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=0)
    yield found
    found.close()


def test_db7_the_engine_has_the_lock_before_it_reads_what_it_will_write(rival: sqlite3.Connection) -> None:
    row = Schedule.objects.create(key="k", source="database", definition={}, created_at="2026-01-01T00:00Z")
    with transaction.atomic():
        open_cursor(row, using=USING, now=row.created_at)
    process = peer("wait")
    try:
        assert heard(process) == {"held": 1}
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("UPDATE rota_cursor SET failures = 1")
        assert rival.execute("SELECT failures FROM rota_cursor").fetchall() == [(0,)]
        go_on(process)
        assert heard(process) == {"updated": 1, "tries": 1}
    finally:
        end(process)
    assert Cursor.objects.get().failures == 7


def test_db7_without_immediate_who_has_read_may_not_write_any_more(rival: sqlite3.Connection) -> None:
    """Why a check asks for it (`rota.W002`): no patience helps, as what was read is not true any more."""
    rival.execute("PRAGMA busy_timeout = 20000")
    rival.execute("BEGIN")
    rival.execute("SELECT count(*) FROM auth_group").fetchall()
    ask("work.note", "between")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        rival.execute("INSERT INTO auth_group (name) VALUES ('too late')")


@pytest.mark.processes
def test_db7_a_busy_engine_and_a_user_who_reads_and_then_writes_get_along(
    start: StartHost, witnessed: Path
) -> None:
    counter = Group.objects.create(name="0")
    runs = [ask("work.note", f"run {number}") for number in range(300)]
    start(processes=2, scheduler=True)
    done, turns = ended(*runs), 0
    while not done():
        with transaction.atomic():
            counter.refresh_from_db()
            counter.name = str(int(counter.name) + 1)
            counter.save()
        turns += 1
    until(done)
    counter.refresh_from_db()
    assert counter.name == str(turns) and turns > 20
    assert Run.objects.filter(state=State.SUCCESSFUL, attempt_count=1).count() == 300
