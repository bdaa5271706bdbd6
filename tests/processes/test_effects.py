"""Workers that freeze, die and race in the middle of what must happen once: it happens once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction

from rota.models import Effect, Outcome, Process, Run, State
from tests.processes.conftest import QUICK_LEASE, Host, StartHost, ended, outcomes, put, state, until, witness

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

TASKS = "tests.project.effect_tasks."
INSIDE = [False, pytest.param(True, marks=pytest.mark.skipif(
    connection.vendor == "sqlite", reason="a block that is frozen open stops every writer of SQLite"
))]  # fmt: skip


def wanted(name: str, *args: object) -> Run:
    return put("note", *args, task_path=TASKS + name)


def makers() -> list[int]:
    """The process ids that left work behind."""
    return [int(name.rpartition(" ")[2]) for name in Group.objects.values_list("name", flat=True)]


def freeze_in(host: StartHost, witnessed: Path, text: str) -> tuple[Host, int]:
    """Start a host, let it come as far as this line, and freeze it; with its worker's process id."""
    frozen = host(settings=QUICK_LEASE)
    until(lambda: text in " ".join(witness(witnessed)))
    worker = next(int(file.stem) for file in witnessed.glob("*.log"))
    until(lambda: stopped_between_heartbeats(frozen))
    return frozen, worker


def stopped_between_heartbeats(host: Host) -> bool:
    """Freeze it; not, however, while it holds the lock of its own row, which only its end would free."""
    host.signal(signal.SIGSTOP, whole=True)
    mine = Process.objects.filter(kind="supervisor", pid=host.process.pid)
    try:
        with transaction.atomic():
            return bool(mine.select_for_update(nowait=connection.vendor != "sqlite"))
    except OperationalError:
        host.signal(signal.SIGCONT, whole=True)
        return False


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("name", ["fenced", "once"])
def test_what_a_frozen_worker_did_is_rolled_back_and_the_others_work_stays(
    host: StartHost, witnessed: Path, name: str, inside: bool
) -> None:
    run = wanted(name, "work", inside)
    before = "INSIDE" if name == "fenced" else "first=True"
    frozen, worker = freeze_in(host, witnessed, before if inside else "START")
    (witnessed / "go").touch()
    host(settings=QUICK_LEASE)
    # Nobody who is frozen, wherever, keeps the other from ending the run.
    until(ended(run))
    assert (state(run), makers().count(worker), len(makers())) == (State.SUCCESSFUL, 0, 1)
    os.kill(worker, signal.SIGCONT)
    until(lambda: f"work LOST {worker}" in witness(witnessed))
    frozen.signal(signal.SIGCONT, whole=True)
    assert (state(run), makers().count(worker), len(makers())) == (State.SUCCESSFUL, 0, 1)
    assert Effect.objects.count() == (name == "once")


@pytest.mark.parametrize(("when", "seen"), [("before", [True, True]), ("after", [True, False])])
def test_whenever_a_worker_is_killed_it_is_done_once(
    host: StartHost, witnessed: Path, when: str, seen: list[bool]
) -> None:
    run = wanted("killed", "work", when)
    host()
    until(ended(run))
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.LOST, Outcome.SUCCEEDED])
    assert sorted(witness(witnessed)) == sorted(f"work first={one}" for one in seen)
    assert len(makers()) == 1
    assert Effect.objects.get(key="work").attempt == (2 if when == "before" else 1)


def test_of_two_at_once_one_does_it_and_the_other_waits_for_it(host: StartHost) -> None:
    """Both have begun before the first can leave its block."""
    one, two = wanted("race", "work", "one", "two"), wanted("race", "work", "two", "one")
    host(processes=2)
    until(ended(one, two))
    assert (state(one), state(two)) == (State.SUCCESSFUL, State.SUCCESSFUL)
    assert sorted([one.result, two.result]) == [False, True]
    assert len(makers()) == 1
