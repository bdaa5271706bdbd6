"""The database breaks off, refuses, freezes, fills up or is lent out: the engine loses nothing and holds nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from rota import clock
from rota.ledger import own
from rota.ledger.connections import insistently, transient
from rota.ledger.cursors import open_cursor
from rota.ledger.enqueue import Order, enqueue
from rota.models import Attempt, Cursor, Run, Schedule, State
from rota.processes.filesystems import network_type, type_of
from rota.processes.preflight import NotReady, check_database
from rota.queries.processes import alive
from scripts import servers
from tests.databases import url_for
from tests.faults.conftest import USING, StartHost, ended, until, witness
from tests.faults.peers import end, heard, peer, told
from tests.processes.conftest import put

pytestmark = [pytest.mark.django_db(transaction=True)]

VENDOR = connection.vendor
on_postgres = pytest.mark.skipif(VENDOR != "postgresql", reason="PostgreSQL's")
on_sqlite = pytest.mark.skipif(VENDOR != "sqlite", reason="SQLite's")


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


ASKED = "jit,lock_timeout,idle_in_transaction_session_timeout,statement_timeout,application_name,transaction_isolation"
OWN = {
    "jit": "off", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "10s", "statement_timeout": "5min",
    "application_name": "rota", "transaction_isolation": "read committed",
}  # fmt: skip


# -- DB1, DB2: the connection, or the server, goes away


@on_postgres
@pytest.mark.processes
def test_db1_backends_that_are_terminated_at_random_lose_and_repeat_nothing(
    start: StartHost, witnessed: Path
) -> None:
    runs = [put("sleep", 0.02, f"run {n}") for n in range(120)]
    start(processes=2, scheduler=True, poll=0.2)
    until(lambda: Attempt.objects.count() > 5)
    for _ in range(8):
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        before = Attempt.objects.count()
        until(lambda before=before: Attempt.objects.count() > before or ended(*runs)())
    until(ended(*runs))
    assert Run.objects.filter(state=State.SUCCESSFUL, attempt_count=1).count() == 120
    starts = [line for line in witness(witnessed) if line.endswith(" START")]
    assert sorted(starts) == sorted({f"run {n} START" for n in range(120)})


# -- DB5: a peer that is not awake


@pytest.mark.skipif(VENDOR == "sqlite", reason="SQLite has no server that could take a lock away")
def test_db5_a_process_that_is_frozen_in_a_transaction_holds_its_rows_for_a_moment_only() -> None:
    if VENDOR == "mysql" and not connection.mysql_is_mariadb:
        pytest.skip("MySQL ends a session that is silent for a minute, no sooner")
    row = Schedule.objects.create(key="k", source="database", definition={}, created_at="2026-01-01T00:00Z")
    with transaction.atomic():
        open_cursor(row, using=USING, now=row.created_at)
    frozen = peer("hold")
    try:
        assert heard(frozen) == {"held": 1}
        with transaction.atomic():
            # Waits until the server has taken the lock from the frozen one.
            assert Cursor.objects.select_for_update().get().failures == 0
        frozen.send_signal(signal.SIGCONT)
        assert heard(frozen) == {"updated": 1, "tries": 2}
    finally:
        end(frozen)


# -- DB6: what may be tried again


class Raises:
    """Lets the server itself raise an error, so often; then succeeds."""

    def __init__(self, statement: str, times: int) -> None:
        self.statement, self.times, self.calls = statement, times, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            sql(self.statement)
        return "done"


STATEMENTS = {
    "postgresql": [
        f"DO $$ BEGIN RAISE EXCEPTION 'passing' USING ERRCODE = '{code}'; END $$"
        for code in ("40001", "40P01", "55P03", "57014", "25P03", "57P01")
    ],
    "mysql": [
        f"SIGNAL SQLSTATE '{state}' SET MYSQL_ERRNO = {number}, MESSAGE_TEXT = 'passing'"
        for state, number in (("40001", 1213), ("HY000", 1205))
    ],
    "sqlite": [],
}[VENDOR]
LASTING = {
    "postgresql": "DO $$ BEGIN RAISE EXCEPTION 'lasting' USING ERRCODE = '22012'; END $$",
    "mysql": "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1105, MESSAGE_TEXT = 'lasting'",
    "sqlite": "SELECT no_such_function()",
}[VENDOR]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_db6_a_passing_error_of_the_server_is_tried_again(statement: str) -> None:
    work = Raises(statement, 2)
    assert insistently(work, USING) == "done"
    assert work.calls == 3


@pytest.mark.parametrize("statement", STATEMENTS[:1])
def test_db6_and_surfaces_when_it_does_not_pass(statement: str) -> None:
    work = Raises(statement, 100)
    with pytest.raises(OperationalError):
        insistently(work, USING, tries=3)
    assert work.calls == 3


def test_db6_a_lasting_error_is_not_tried_again() -> None:
    work = Raises(LASTING, 100)
    with pytest.raises(DatabaseError) as caught:
        insistently(work, USING)
    assert work.calls == 1 and not transient(caught.value)


# -- DB7, DB8: SQLite's one writer


@on_sqlite
@pytest.mark.processes
def test_db8_a_writer_that_does_not_let_go_delays_and_loses_nothing(start: StartHost) -> None:
    runs = [put("note", f"first {n}") for n in range(3)]
    supervisor = start(processes=2, scheduler=True)
    until(ended(*runs))
    hog = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    waited = time.monotonic() + 4  # longer than a lease
    while time.monotonic() < waited:
        assert supervisor.process.poll() is None
        time.sleep(0.1)
    hog.execute("ROLLBACK")
    hog.close()
    more = [put("note", f"then {n}") for n in range(3)]
    until(ended(*more))
    assert Run.objects.filter(state=State.SUCCESSFUL, attempt_count=1).count() == 6
    assert supervisor.stop() == 0


# -- DB9: where SQLite's file lies

TABLE = r"""sysfs /sys sysfs rw 0 0
/dev/sda1 / ext4 rw 0 0
server:/export /srv/my\040share nfs4 rw 0 0
tmpfs /srv/my\040share/fast tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/var/db.sqlite3", "ext4"),
        ("/srv/my share/db.sqlite3", "nfs4"),
        ("/srv/my share/fast/db.sqlite3", "tmpfs"),
        ("/srv/my shares/db.sqlite3", "ext4"),
    ],
)
def test_db9_the_nearest_mount_counts(file: str, kind: str) -> None:
    assert type_of(Path(file), TABLE) == kind


@on_sqlite
def test_db9_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert network_type(Path(connection.settings_dict["NAME"])) == ""
    mounts = tmp_path / "mounts"
    mounts.write_text("server:/export / nfs rw 0 0\n")
    monkeypatch.setattr("rota.processes.filesystems.MOUNTS", mounts)
    with pytest.raises(NotReady, match=r"network file system \(nfs\)"):
        check_database(USING)


# -- DB10: no room


@on_sqlite
def test_db10_a_full_disk_leaves_nothing_half_written() -> None:
    put("note", "before")
    pages = sql("PRAGMA page_count")[0][0]
    sql(f"PRAGMA max_page_count = {pages + 2}")
    try:
        with pytest.raises(OperationalError, match="full"):
            enqueue(
                [Order(task_path="work.note", args=["x" * 1000])] * 1000, using=USING, now=clock.now(USING)
            )
    finally:
        sql("PRAGMA max_page_count = 1073741823")
    assert Run.objects.count() == 1
    put("note", "after")
    assert Run.objects.count() == 2


# -- DB12: nobody may write


@on_postgres
@pytest.mark.processes
def test_db12_a_read_only_database_is_told_of_once_and_waited_for(start: StartHost) -> None:
    first = put("note", "first")
    supervisor = start(scheduler=True)
    until(ended(first))
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        until(lambda: "read-only transaction" in supervisor.log)
        assert supervisor.process.poll() is None
    finally:
        sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    second = put("note", "second")
    until(ended(second))
    assert supervisor.log.count("heartbeat: the database does not answer") <= 2
    assert supervisor.stop() in (0, 70)


# -- DB13: connections of its own


@on_postgres
def test_db13_own_connections_are_set_up_and_the_projects_are_left_alone() -> None:
    said = told("settings", ASKED)
    before = dict(
        zip(
            ASKED.split(","),
            sql("SELECT " + ", ".join(f"current_setting('{n}')" for n in ASKED.split(",")))[0],
            strict=True,
        )
    )
    assert said["own"] == said["transaction"] == OWN
    assert said["project"] == before
    assert {"tcp_user_timeout", "keepalives_idle", "connect_timeout"} <= set(said["options"])


@pytest.mark.parametrize(
    ("engine", "given", "kept", "gone"),
    [
        ("postgresql", {"pool": True, "sslmode": "require", "connect_timeout": 3, "isolation_level": 4},
         {"sslmode": "require", "connect_timeout": 3}, {"pool", "isolation_level"}),
        ("mysql", {"isolation_level": "repeatable read", "read_timeout": 5, "charset": "utf8mb4"},
         {"isolation_level": "read committed", "read_timeout": 5, "charset": "utf8mb4"}, set()),
        ("sqlite3", {"timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
         {"timeout": 0, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}, {"pool"}),
    ],
)  # fmt: skip
def test_db13_neither_pool_nor_isolation_of_the_project_is_taken_over(
    engine: str, given: dict[str, Any], kept: dict[str, Any], gone: set[str]
) -> None:
    project = {
        "ENGINE": f"django.db.backends.{engine}",
        "OPTIONS": given,
        "AUTOCOMMIT": False,
        "CONN_MAX_AGE": 0,
    }
    found = own.settings_for(project)
    assert kept.items() <= found["OPTIONS"].items() and not gone & set(found["OPTIONS"])
    assert (found["AUTOCOMMIT"], found["CONN_MAX_AGE"]) == (True, None)
    assert project["OPTIONS"] is given and "AUTOCOMMIT" in project


# -- DB14: a pooler in transaction mode


@contextlib.contextmanager
def pooler(folder: Path) -> Iterator[str]:
    """pgbouncer before the test database; yields its URL."""
    database, port = connection.settings_dict, servers.free_port()
    folder.chmod(0o777)
    ini = folder / "pgbouncer.ini"
    name = database["NAME"]
    password = f" password={database['PASSWORD']}" if database["PASSWORD"] else ""
    ini.write_text(
        f"[databases]\n{name} = host={database['HOST']} port={database['PORT'] or 5432} dbname={name}"
        f" user={database['USER']}{password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 3\nlogfile =\npidfile =\n"
    )
    log = folder / "pgbouncer.log"
    log.touch()
    program = str(shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"))
    running = servers.start([program, ini], log)
    try:
        url = url_for({**database, "HOST": "127.0.0.1", "PORT": port}, name)
        until(lambda: running.poll() is None and "process up" in log.read_text())
        yield url
    finally:
        servers.stop(running, signal.SIGINT)


NO_POOLER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") is None


@on_postgres
@pytest.mark.skipif(NO_POOLER, reason="pgbouncer is not installed")
@pytest.mark.processes
def test_db14_behind_a_pooler_all_works_and_nothing_of_ours_stays_in_its_sessions(
    start: StartHost, world_readable: Path
) -> None:
    with pooler(world_readable) as url:
        said = told("settings", ASKED, url=url)
        assert said["transaction"] == OWN
        assert said["project"]["lock_timeout"] != OWN["lock_timeout"], "a session was left with our settings"
        supervisor = start(env={"ROTA_TEST_DATABASE": url}, scheduler=True, processes=2)
        runs = [put("note", f"run {n}") for n in range(20)]
        until(ended(*runs))
        until(lambda: "What is sent with NOTIFY does not arrive here" in supervisor.log)
        assert supervisor.log.count("What is sent with NOTIFY") == 1
        until(lambda: [one.mode for one in alive(clock.now(USING), using=USING).unheard] == ["poll"])
        again = told("settings", ASKED, url=url)
        assert again["project"] == said["project"] and again["own"] == said["own"]
        assert supervisor.stop() == 0
    assert Run.objects.filter(state=State.SUCCESSFUL).count() == 20


@pytest.fixture
def world_readable() -> Iterator[Path]:
    """A folder that the account of a throw-away server can read."""
    with servers.folder("pgbouncer") as folder:
        yield folder
