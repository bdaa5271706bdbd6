"""Supervisors that die, freeze, stop, refuse and take over."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rota.models import Outcome, Process, State
from rota.policies import Terms
from tests.processes.conftest import (
    QUICK_LEASE,
    StartHost,
    alive,
    ended,
    outcomes,
    put,
    state,
    until,
    witness,
)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_another_supervisor_takes_over_after_the_lease(host: StartHost, witnessed: Path) -> None:
    run, once = put("sleep", 60, "first"), put("sleep", 60, "once", terms=Terms(at_most_once=True))
    first = host(processes=2, settings=QUICK_LEASE)
    until(lambda: {"first START", "once START"} <= set(witness(witnessed)))
    run.refresh_from_db()
    children = first.children
    first.signal(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in children), 5)  # they do not outlive their parent
    assert (state(run), state(once)) == (State.RUNNING, State.RUNNING)
    host(settings=QUICK_LEASE)
    until(lambda: witness(witnessed).count("first START") == 2)
    # Nobody knows what had begun: it is not counted, and what may run only once does not run again.
    until(lambda: state(once) == State.FAILED)
    run.refresh_from_db()
    assert (run.state, run.attempt_count, run.alone) == (State.RUNNING, 0, True)
    assert outcomes(once) == [Outcome.LOST]
    assert witness(witnessed).count("once START") == 1
    assert Process.objects.get(kind="supervisor", pid=first.process.pid).end == "lease ran out"


def test_who_was_frozen_past_its_lease_changes_nothing(host: StartHost, witnessed: Path) -> None:
    run = put("sleep", 3, "work")
    frozen = host(settings=QUICK_LEASE)
    until(lambda: "work START" in witness(witnessed))
    frozen.signal(signal.SIGSTOP, whole=True)
    pids = frozen.children
    other = host(settings=QUICK_LEASE)
    until(lambda: witness(witnessed).count("work START") == 2)
    for pid in [*pids, frozen.process.pid]:
        os.kill(pid, signal.SIGCONT)
    assert frozen.wait() == 70
    assert "The lease was lost" in frozen.log
    until(ended(run))
    worker = Process.objects.get(kind="worker", pid__in=other.children)
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert run.attempts.get().held_by == worker.pk
    assert not any(alive(pid) for pid in pids)


def test_stopping_lets_what_runs_finish(host: StartHost, witnessed: Path) -> None:
    run = put("sleep", 2, "work")
    supervisor = host()
    until(lambda: "work START" in witness(witnessed) and len(supervisor.children) == 2)
    assert supervisor.stop() == 0
    assert state(run) == State.SUCCESSFUL
    rows = Process.objects.filter(stopped_at__isnull=False)
    assert set(rows.values_list("kind", "end")) == {
        ("supervisor", "exit status 0"), ("scheduler", "exit status 0"), ("worker", "exit status 0"),
    }  # fmt: skip


def test_stopping_gives_back_what_has_not_begun(host: StartHost, witnessed: Path) -> None:
    run = put("sleep", 2, "work")
    supervisor = host(threads=2, scheduler=False)
    until(lambda: "work START" in witness(witnessed))
    # It must have the process to itself, so it waits in the worker's hands.
    alone = put("note", "alone", terms=Terms(at_most_once=True))
    until(lambda: state(alone) == State.RUNNING)
    assert supervisor.stop() == 75
    assert (state(run), state(alone), alone.attempt_count) == (State.SUCCESSFUL, State.READY, 0)


def test_stopping_ends_what_does_not_finish(host: StartHost, witnessed: Path) -> None:
    run = put("sleep", 60, "work")
    supervisor = host(settings={"STOP_WITHIN": 1})
    until(lambda: "work START" in witness(witnessed))
    assert supervisor.stop() == 70
    assert (state(run), outcomes(run)) == (State.READY, [Outcome.LOST])


def test_a_second_signal_ends_everything_at_once(host: StartHost, witnessed: Path) -> None:
    run = put("sleep", 60, "work")
    supervisor = host(settings={"STOP_WITHIN": 60})
    until(lambda: "work START" in witness(witnessed))
    supervisor.signal(signal.SIGINT)
    until(lambda: "Stopping" in supervisor.log)
    supervisor.signal(signal.SIGINT)
    assert supervisor.wait(10) == 70
    assert state(run) == State.READY


def test_once_does_what_is_due_and_exits(host: StartHost, witnessed: Path) -> None:
    run, retrying = put("note", "now"), put("picky", "ConnectionResetError")
    assert host(once=True, processes=2).wait() == 0
    assert (state(run), state(retrying)) == (State.SUCCESSFUL, State.READY)
    failing = put("fail", "no luck")
    assert host(once=True).wait() == 1
    assert state(failing) == State.FAILED
    assert witness(witnessed) == ["now"]


def test_it_refuses_wrong_settings_and_an_old_database(host: StartHost, tmp_path: Path) -> None:
    wrong = host(settings={"LEASE": 1})
    assert wrong.wait() == 78
    assert "at least three heartbeats" in wrong.log and "Traceback" not in wrong.log
    empty = host(env={"ROTA_TEST_DATABASE": f"sqlite:///{tmp_path}/empty.sqlite3"})
    assert empty.wait() == 78
    assert "lacks these migrations: rota.0001_initial" in empty.log and "manage.py migrate rota" in empty.log


def test_children_that_cannot_start_end_it_with_their_error(host: StartHost) -> None:
    broken = host(env={"ROTA_TEST_BREAK_CHILDREN": "1"}, scheduler=False)
    assert broken.wait() == 70
    assert "RuntimeError: broken on purpose" in broken.log


def test_a_database_that_hangs_up_ends_nobody(host: StartHost, witnessed: Path) -> None:
    supervisor = host()
    until(lambda: len(supervisor.children) == 2)
    first = put("sleep", 2, "work")
    until(lambda: "work START" in witness(witnessed))
    children = supervisor.children
    _hang_up(1.5)
    until(ended(first))
    second = put("note", "second")
    until(ended(second))
    assert (state(first), state(second)) == (State.SUCCESSFUL, State.SUCCESSFUL)
    assert outcomes(first) == [Outcome.SUCCEEDED]
    assert supervisor.children == children
    assert supervisor.stop() == 0


def _hang_up(seconds: float) -> None:
    """For a moment no other connection gets anything done."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            cursor.execute("ROLLBACK")
            return
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            _end_other_connections(cursor)
            time.sleep(0.1)


def _end_other_connections(cursor: Any) -> None:
    if connection.vendor == "postgresql":
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    else:
        others = "db = DATABASE() AND id <> CONNECTION_ID()"
        cursor.execute(f"SELECT id FROM information_schema.processlist WHERE {others}")
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {number}")
