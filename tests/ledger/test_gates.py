"""Runs with one key go one after another, as their overlap policy says, whatever crashes in between."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections

from rota.ledger import gates, overlaps
from rota.ledger.cancel import stop_requests
from rota.ledger.connections import writing
from rota.ledger.enqueue import enqueue, insert
from rota.ledger.finish import finish
from rota.models import Run, Schedule
from rota.models.ids import new_id
from tests.ledger.conftest import NOW, USING, MakeSchedule, ended, order, take


def ask(schedule: Schedule, overlap: str) -> Run:
    """Enqueue a run of `schedule` and look at its gate, as every caller does."""
    (run,) = enqueue([order(schedule=schedule, overlap=overlap)], using=USING, now=NOW)
    gates.admit(gates.keys_of([run]), using=USING, now=NOW)
    run.refresh_from_db()
    return run


def test_skip_says_which_run_was_in_the_way(schedule: MakeSchedule) -> None:
    row = schedule()
    first, second = ask(row, "skip"), ask(row, "skip")
    assert (first.state, first.ready_at) == ("READY", NOW)
    assert (second.state, second.reason) == ("SKIPPED", "overlap")
    assert str(first.pk) in second.detail


def test_skip_lets_the_next_one_through_after_the_end(schedule: MakeSchedule) -> None:
    row = schedule()
    ask(row, "skip")
    (claimed,) = take()
    assert ask(row, "skip").state == "SKIPPED", "it overlaps a running run too"
    finish([ended(claimed)], using=USING, now=NOW)
    assert ask(row, "skip").ready_at == NOW


def test_a_run_that_waits_for_its_retry_still_holds_the_gate(schedule: MakeSchedule) -> None:
    row = schedule()
    ask(row, "skip")
    (claimed,) = take()
    Run.objects.update(max_attempts=2)
    finish([ended(claimed, "failed", retry_in=300.0)], using=USING, now=NOW)
    assert ask(row, "skip").state == "SKIPPED"


def test_queue_goes_one_by_one(schedule: MakeSchedule) -> None:
    row = schedule()
    asked = [ask(row, "queue") for _ in range(3)]
    done = []
    for _ in range(3):
        (claimed,) = take()
        finish([ended(claimed)], using=USING, now=NOW)
        done.append(claimed.run_id)
    assert done == [run.pk for run in asked]


def test_allow_has_no_gate(schedule: MakeSchedule) -> None:
    row = schedule()
    assert [ask(row, "allow").ready_at for _ in range(2)] == [NOW, NOW]


def test_cancel_running_asks_the_running_one_to_stop(schedule: MakeSchedule) -> None:
    row = schedule()
    ask(row, "cancel-running")
    (running,) = take()
    waiting = ask(row, "cancel-running")
    assert waiting.ready_at is None
    (asked,) = stop_requests(Run.objects.values_list("held_by", flat=True), using=USING)
    assert asked[0] == running.run_id
    finish([ended(running, "cancelled")], using=USING, now=NOW)
    assert [claimed.run_id for claimed in take()] == [waiting.pk]


def test_cancel_running_supersedes_what_has_not_begun(schedule: MakeSchedule) -> None:
    row = schedule()
    first, second = ask(row, "cancel-running"), ask(row, "cancel-running")
    first.refresh_from_db()
    assert (first.state, first.reason) == ("SKIPPED", "superseded")
    assert second.ready_at == NOW


def test_cancel_running_sees_what_was_claimed_a_moment_ago(schedule: MakeSchedule) -> None:
    """The gate has read it as not begun; a worker, which asks no gate, is faster."""
    row = schedule()
    stale = ask(row, "cancel-running")
    (claimed,) = take()
    (waiting,) = enqueue([order(schedule=row, overlap="cancel-running")], using=USING, now=NOW)
    assert overlaps.make_way(waiting, [stale], USING, NOW) == [stale]
    assert Run.objects.get(pk=claimed.run_id).cancel_attempt == 1


def test_gates_of_different_schedules_do_not_touch(schedule: MakeSchedule) -> None:
    assert [ask(schedule(key=key), "skip").state for key in ("a", "b")] == ["READY", "READY"]


def test_the_sweep_finds_what_a_crash_left_at_the_gate(schedule: MakeSchedule) -> None:
    (run,) = enqueue([order(schedule=schedule(), overlap="skip")], using=USING, now=NOW)
    assert take() == []
    assert gates.sweep(using=USING, now=NOW) == 1
    assert [claimed.run_id for claimed in take()] == [run.pk]
    assert gates.sweep(using=USING, now=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_and_one_goes_through(schedule: MakeSchedule) -> None:
    row = schedule()
    start = threading.Barrier(10)

    def press() -> None:
        start.wait(30)
        ask(row, "skip")
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    states = sorted(Run.objects.values_list("state", flat=True))
    assert states == ["READY", *["SKIPPED"] * 9]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the others read what is committed, or have one writer"
)
def test_under_repeatable_read_who_waited_for_the_gate_sees_who_passed_it(
    monkeypatch: pytest.MonkeyPatch, schedule: MakeSchedule
) -> None:
    """A planner writes while somebody presses Run Now, in a project that has chosen that level."""
    from psycopg import IsolationLevel

    row = schedule()
    key = gates.key_for(row.pk)
    planned, asked = (
        Run(
            id=new_id(),
            task_path="x.y",
            enqueued_at=NOW,
            gate_key=key,
            waits_at=key,
            overlap="queue",
            schedule=row,
        )
        for _ in range(2)
    )
    gates.prepare([key], using=USING)
    levels: list[str] = []

    def run_now() -> None:
        with writing(USING), connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            levels.extend(cursor.fetchone())
        insert([asked], using=USING)
        gates.admit([key], using=USING, now=NOW)
        connection.close()

    repeatable = {
        **connections.databases[USING]["OPTIONS"],
        "isolation_level": IsolationLevel.REPEATABLE_READ,
    }
    monkeypatch.setitem(connections.databases[USING], "OPTIONS", repeatable)
    thread = threading.Thread(target=run_now)
    with writing(USING):
        gates.pass_new([planned], using=USING, now=NOW)
        thread.start()
        until_somebody_waits_for_us()
        insert([planned], using=USING)
    thread.join(60)
    assert levels == ["repeatable read"]
    planned.refresh_from_db(), asked.refresh_from_db()
    assert (planned.waits_at, asked.waits_at) == (None, key)


def until_somebody_waits_for_us() -> None:
    """Until a lock that this transaction holds keeps another one waiting."""
    limit = time.monotonic() + 60
    with connection.cursor() as cursor:
        while time.monotonic() < limit:
            cursor.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
            time.sleep(0.02)
    raise AssertionError("nobody came to the gate")
