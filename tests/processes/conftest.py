"""Real supervisors in processes of their own, on the test's own database; and waiting for facts, not for time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rota import clock
from rota.ledger.enqueue import Order, enqueue
from rota.models import Attempt, Process, Run, State
from rota.schedules import registry
from tests.databases import url_for

USING = "default"
WORK = "tests.project.work_tasks."
PATIENCE = 60.0
QUICK_LEASE = {"HEARTBEAT": 0.5, "LEASE": 3}


class Host:
    """A running supervisor."""

    def __init__(self, folder: Path, options: dict[str, Any], environment: dict[str, str]) -> None:
        self.output = folder / f"{uuid.uuid4().hex}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.processes.host", json.dumps({"poll": 0.1, **options})],
                env={**os.environ, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What it and its children have written so far."""
        return self.output.read_text()

    @property
    def children(self) -> list[int]:
        """The process ids of its live children, as the database knows them."""
        mine = Process.objects.filter(kind="supervisor", pid=self.process.pid)
        rows = Process.objects.filter(parent__in=mine.values("pk"), stopped_at__isnull=True)
        return list(rows.values_list("pid", flat=True))

    def signal(self, number: int, *, whole: bool = False) -> None:
        """Send a signal to the supervisor, or to its children too (they first)."""
        for pid in self.children if whole else []:
            os.kill(pid, number)
        self.process.send_signal(number)

    def end_child(self, pid: int) -> None:
        """Kill one of its children, which is the only one to go."""
        assert pid in self.children
        os.kill(pid, signal.SIGKILL)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code."""
        return self.process.wait(seconds)

    def stop(self) -> int:
        """Ask it to stop, and wait."""
        self.signal(signal.SIGTERM)
        return self.wait()


StartHost = Callable[..., Host]


@pytest.fixture
def witnessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tasks write what happened."""
    folder = tmp_path / "witness"
    folder.mkdir()
    monkeypatch.setenv("ROTA_WITNESS", str(folder))
    return folder


@pytest.fixture
def host(transactional_db: None, witnessed: Path, tmp_path: Path) -> Iterator[StartHost]:
    """Start supervisors; whatever happens, none outlives the test."""
    started: list[Host] = []

    def start(
        *, settings: dict[str, Any] | None = None, env: dict[str, str] | None = None, **options: Any
    ) -> Host:
        database = url_for(connection.settings_dict, str(connection.settings_dict["NAME"]))
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
            "ROTA_TEST_DATABASE": database,
            "ROTA_TEST_SETTINGS": json.dumps(settings or {}),
        }
        started.append(Host(tmp_path, options, environment | (env or {})))
        return started[-1]

    yield start
    for one in started:
        _end(one)
        print(f"--- supervisor {one.process.pid}\n{one.log}")


def _end(one: Host) -> None:
    if one.process.poll() is None:
        one.process.send_signal(signal.SIGCONT)
        one.process.kill()
        one.process.wait(10)
    # Its children follow it; what did not would write into the next test's tables.
    mine = Process.objects.filter(kind="supervisor", pid=one.process.pid).values("pk")
    pids = list(Process.objects.filter(parent__in=mine).values_list("pid", flat=True))
    until(lambda: not any(alive(pid) for pid in pids), 20)


def put(name: str, *args: Any, **order: Any) -> Run:
    """Enqueue one run of a test task, on the task's own terms."""
    path = WORK + name
    found = registry.resolve(path)
    terms = {"terms": registry.terms_for(path)} if found else {}
    return enqueue(
        [Order(**{"task_path": path, "args": list(args), **terms, **order})],
        using=USING,
        now=clock.now(USING),
    )[0]


def until(fact: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait for a fact, at most so long; returns it. Fails when it does not come true."""
    limit = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < limit, f"not true after {seconds} s"
        time.sleep(0.05)
    return found


def state(run: Run) -> str:
    """The run's state now."""
    run.refresh_from_db()
    return run.state


def ended(*runs: Run) -> Callable[[], bool]:
    """Whether all of these have ended."""
    ids = [run.pk for run in runs]
    return lambda: not Run.objects.filter(pk__in=ids, state__in=(State.READY, State.RUNNING)).exists()


def outcomes(run: Run) -> list[str]:
    """How its attempts ended, first to last."""
    return list(Attempt.objects.filter(run=run).order_by("number").values_list("outcome", flat=True))


def witness(folder: Path) -> list[str]:
    """All lines that tasks wrote, in no order across processes."""
    return [line for file in sorted(folder.glob("*.log")) for line in file.read_text().splitlines()]


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"
