"""C8 to C10, C17 to C22: supervisors that die, freeze or are taken for dead; who takes over; what comes too late."""

from __future__ import annotations

import signal
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.rescue import rescue
from rota.models import Attempt, Outcome, Process, Run, State
from rota.processes import leases, rows
from tests.faults.conftest import (
    USING,
    StartHost,
    alive,
    ask,
    ended,
    outcomes,
    said,
    state,
    until,
    witness,
    worker_of,
)
from tests.faults.held import hold

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_a_child_that_outlives_its_supervisor_changes_nothing(start: StartHost, witnessed: Path) -> None:
    run = ask("work.outlive_the_parent", 6, "work")
    first = start()
    until(said(witnessed, "work START"))
    (child,) = first.children
    first.signal(signal.SIGKILL)
    second = start()
    until(lambda: witness(witnessed).count("work START") == 2)
    assert alive(child)  # it defied the kernel, and hears nothing as long as it keeps the interpreter's lock
    (heir,) = second.children
    until(ended(run))
    until(lambda: not alive(child))
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert run.attempts.get().held_by == Process.objects.get(pid=heir, kind="worker").pk


def test_a_worker_under_a_lost_lease_changes_nothing(start: StartHost, witnessed: Path) -> None:
    late, winner = hold(witnessed, "late"), hold(witnessed, "winner")
    run, next_one = ask("work.fail_first", "work"), ask("work.note", "next")
    first = start()
    until(said(witnessed, "work late"))
    first.signal(signal.SIGSTOP)  # the supervisor alone: its worker works on
    start()
    until(said(witnessed, "work winner", "next START"))
    late.unlink()
    until(lambda: "came too late" in first.log)
    # The loser said that the run had failed: nothing of that was written, and it claims nothing any more.
    assert (state(run), outcomes(run), run.attempt_count) == (State.RUNNING, [], 0)
    more = [ask("work.note", f"more {number}") for number in range(3)]
    winner.unlink()
    until(ended(run, next_one, *more))
    assert (state(run), outcomes(run), run.result) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], "work")
    loser = worker_of(witnessed, "work late")[0]
    assert not any(loser in worker_of(witnessed, f"more {number} START") for number in range(3))
    first.signal(signal.SIGCONT)
    assert first.wait() == 70
    assert "The lease was lost" in first.log
    until(lambda: not alive(loser))


def test_a_task_that_keeps_the_interpreters_lock_keeps_its_lease(start: StartHost, witnessed: Path) -> None:
    watcher = start(workers=False, scheduler=True)
    until(lambda: watcher.children)
    run = ask("work.keep_the_lock", 4, "work")
    first = start()
    until(ended(run))
    assert (state(run), outcomes(run), run.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert witness(witnessed) == ["work START", "work END"]
    assert "not been heard of" not in watcher.log
    assert (first.stop(), watcher.stop()) == (0, 0)


@pytest.mark.slow
def test_a_poison_pill_that_kills_every_host_ends_as_a_dead_letter(start: StartHost, witnessed: Path) -> None:
    poison = ask("work.die", "host", "poison")
    neighbours = [ask("work.note", f"neighbour {number}") for number in range(3)]
    hosts = 0
    while not ended(poison)() and hosts < 6:
        host = start()
        hosts += 1
        until(lambda one=host: one.process.poll() is not None or ended(poison)(), 30)
    until(ended(*neighbours))
    # The first death proves nothing against it and is not counted; the three after it are.
    assert (state(poison), outcomes(poison)) == (State.FAILED, [Outcome.LOST] * 3)
    assert witness(witnessed).count("poison START") == 4
    assert all((state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED]) for run in neighbours)


def test_the_sweep_sees_past_any_number_of_runs_that_are_in_good_hands() -> None:
    supervisor, worker, gone = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    rows.register(supervisor, "supervisor", using=USING)
    rows.register(worker, "worker", using=USING, parent=supervisor)
    now = clock.now(USING)
    held = {
        "task_path": "tests.faults.work.nap",
        "state": State.RUNNING,
        "enqueued_at": now,
        "claimed_at": now,
    }
    busy = [Run(token=number, held_by=worker, **held) for number in range(1, 10_001)]
    Run.objects.bulk_create(busy, batch_size=1000)
    stuck = Run.objects.create(token=7, held_by=gone, **held)
    assert leases.free_orphans(using=USING) == 1
    assert (state(stuck), stuck.alone) == (State.READY, True)
    assert Run.objects.filter(held_by=worker, state=State.RUNNING).count() == 10_000


def test_a_supervisor_with_the_name_of_a_dead_one_does_not_keep_its_lease(
    start: StartHost, witnessed: Path
) -> None:
    # A container that starts again: the same host name, the same process ids.
    run = ask("work.note", "left behind")
    supervisor, worker = uuid.uuid4(), uuid.uuid4()
    rows.register(supervisor, "supervisor", using=USING)
    rows.register(worker, "worker", using=USING, parent=supervisor)
    claim(worker, [], 1, using=USING)
    again = start()
    until(lambda: again.children)
    (child,) = again.children
    namesake = Process.objects.get(kind="supervisor", pid=again.process.pid)
    Process.objects.filter(pk=supervisor).update(host=namesake.host, pid=namesake.pid)
    Process.objects.filter(pk=worker).update(host=namesake.host, pid=child)
    until(ended(run))
    assert (state(run), outcomes(run), run.alone) == (State.SUCCESSFUL, [Outcome.SUCCEEDED], False)
    assert Process.objects.get(pk=supervisor).end == "lease ran out"
    assert again.stop() == 0


def together(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `count` threads get, each on a connection of its own, all at the same moment."""
    found: list[Any] = []
    begin = threading.Barrier(count)

    def one() -> None:
        try:
            begin.wait()
            found.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == count
    return found


def test_of_ten_who_close_the_same_lost_attempt_one_does() -> None:
    holder = uuid.uuid4()
    ask("work.note", "x")
    (claimed,) = claim(holder, [], 1, using=USING)

    def close() -> int:
        begun = {(claimed.run_id, claimed.token)}
        return len(rescue(holder, begun=begun, using=USING, now=clock.now(USING), detail="killed").burned)

    assert sorted(together(10, close)) == [0] * 9 + [1]
    run = Run.objects.get()
    assert (run.state, run.attempt_count, outcomes(run)) == (State.READY, 1, [Outcome.LOST])


def test_of_ten_who_take_a_lease_over_one_does() -> None:
    supervisor, worker = uuid.uuid4(), uuid.uuid4()
    rows.register(supervisor, "supervisor", using=USING)
    rows.register(worker, "worker", using=USING, parent=supervisor)
    ask("work.note", "x")
    claim(worker, [], 1, using=USING)
    won = together(
        10, lambda: rows.stop_if_still(supervisor, 0, "lease ran out", using=USING, now=clock.now(USING))
    )
    freed = together(10, lambda: leases.free_orphans(using=USING))
    assert (won.count(True), sum(freed), Attempt.objects.count()) == (1, 1, 0)
    run = Run.objects.get()
    assert (run.state, run.attempt_count, run.alone) == (State.READY, 0, True)


def test_a_child_shares_no_socket_with_its_supervisor(start: StartHost) -> None:
    run = ask("work.inherited")
    start()
    until(ended(run))
    assert state(run) == State.SUCCESSFUL
    mine, supervisors = set(run.result["mine"]), set(run.result["supervisor"])
    assert mine and supervisors and not mine & supervisors


def test_a_task_that_forks_and_returns_twice_is_one_outcome(start: StartHost, witnessed: Path) -> None:
    run, after = ask("work.return_twice", "both"), ask("work.note", "after")
    first = start()
    until(ended(run, after))
    until(lambda: len(witness(witnessed)) == 3)
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert (state(after), outcomes(after)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    pids = [int(line.split()[1]) for line in witness(witnessed) if line.startswith("both")]
    (worker,) = first.children
    until(lambda: [pid for pid in pids if alive(pid)] == [worker])
    assert first.stop() == 0
