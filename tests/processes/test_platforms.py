"""What a platform offers to end processes, and what is done where it offers less."""

from __future__ import annotations

import ctypes
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from rota.models import Process, State
from rota.policies import Terms
from rota.processes import job
from tests.processes.conftest import QUICK_LEASE, StartHost, ended, put, state, until, witness
from tests.processes.test_neighbours import running

pytestmark = pytest.mark.faults

POOR = {"ROTA_TEST_POOR_PLATFORM": "1"}
DATABASE = pytest.mark.django_db(transaction=True)


@pytest.mark.processes
@DATABASE
def test_without_groups_a_kill_reaches_what_the_task_has_started(host: StartHost, witnessed: Path) -> None:
    run = put("start_others", "work", terms=Terms(hard_timeout=3))
    supervisor = host(env=POOR, scheduler=False)
    until(lambda: "work START" in witness(witnessed))
    (worker,) = supervisor.children
    started = psutil.Process(worker).children(recursive=True)
    assert len(started) == 2
    until(ended(run))
    assert state(run) == State.FAILED
    assert not any(running(one) for one in started)
    assert supervisor.stop() == 0


@pytest.mark.processes
@DATABASE
def test_where_no_signal_tells_of_the_parents_death_the_pipe_does(host: StartHost, witnessed: Path) -> None:
    put("start_others", "work")
    supervisor = host(env=POOR, settings=QUICK_LEASE)
    until(lambda: "work START" in witness(witnessed) and len(supervisor.children) == 2)
    family = psutil.Process(supervisor.process.pid).children(recursive=True)
    assert len(family) >= 4
    supervisor.signal(signal.SIGKILL)
    until(lambda: not any(running(one) for one in family), 20)


@pytest.mark.processes
@DATABASE
def test_children_are_spawned_and_share_nothing(host: StartHost) -> None:
    supervisor = host(processes=2)
    until(lambda: len(supervisor.children) == 3)
    for row in Process.objects.exclude(kind="supervisor"):
        line = psutil.Process(row.pid).cmdline()
        assert "multiprocessing.spawn" in " ".join(line) or "rota" in line[0]
    assert supervisor.stop() == 0


class Kernel:
    """Stands in for Windows: hands out handles and remembers what it was told."""

    def __init__(self, refuse: str = "") -> None:
        self.refuse, self.told = refuse, list[tuple[Any, ...]]()

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> int:
            if name == "SetInformationJobObject":
                limits = ctypes.cast(args[2], ctypes.POINTER(job.ExtendedLimits)).contents
                args = (*args[:2], limits.basic.flags, args[3])
            self.told.append((name, *args))
            return 0 if name == self.refuse else len(self.told)

        return call


def test_on_windows_a_job_that_ends_with_its_holder_takes_the_child_in() -> None:
    kernel = Kernel()
    held = job.Job(4711, kernel)
    assert kernel.told == [
        ("CreateJobObjectW", None, None),
        ("SetInformationJobObject", 1, 9, 0x2000, ctypes.sizeof(job.ExtendedLimits)),
        ("OpenProcess", 0x101, False, 4711),
        ("AssignProcessToJobObject", 1, 3),
        ("CloseHandle", 3),
    ]
    held.close()
    held.close()
    assert kernel.told[5:] == [("CloseHandle", 1)]


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_the_structures_are_as_wide_as_windows_wants_them() -> None:
    assert (ctypes.sizeof(job.BasicLimits), ctypes.sizeof(job.ExtendedLimits)) == (64, 144)
    assert job.BasicLimits.flags.offset == 16


@pytest.mark.parametrize(
    "refuse", ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"]
)
def test_a_refusal_of_windows_is_an_error_and_leaves_no_handle_of_the_child(refuse: str) -> None:
    kernel = Kernel(refuse)
    with pytest.raises(OSError, match="job object"):
        job.Job(4711, kernel)
    opened = sum(name == "OpenProcess" for name, *_ in kernel.told)
    assert sum(name == "CloseHandle" and args == [3] for name, *args in kernel.told) == opened
