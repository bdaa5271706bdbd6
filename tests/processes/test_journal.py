"""The lines of a worker are in its log, each once, whatever a task does to its process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rota.models import Run, State
from rota.policies import Terms
from tests.processes.conftest import StartHost, ended, put, state, until

STOPS = "tests.project.stop_tasks."


@pytest.fixture(autouse=True)
def buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in most places: what is written stays in the process until somebody lets it go."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


def lines_of(run: Run) -> list[str]:
    """How the lines of a run that has succeeded begin."""
    name = f"{run.task_path}[{run.pk}]"
    return [f"Task {name} received", f"Starting {name}", f"Task {name} succeeded"]


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_who_ends_the_process_leaves_every_line_before_it(host: StartHost) -> None:
    short = [put("note", number, 6, task_path=f"{STOPS}exits_at") for number in range(1, 6)]
    supervisor = host()
    until(ended(*short))
    last = put("note", 6, 6, task_path=f"{STOPS}exits_at", terms=Terms(at_most_once=True))
    until(ended(last))
    assert state(last) == State.FAILED
    wanted = [line for run in short for line in lines_of(run)] + lines_of(last)[:2]
    assert [line for line in wanted if supervisor.log.count(line) != 1] == []
    assert supervisor.stop() == 0


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_who_forks_writes_no_line_twice(host: StartHost) -> None:
    supervisor, runs = host(), list[Run]()
    for _ in range(8):
        runs.append(put("note", task_path=f"{STOPS}forks", args=[]))
        until(ended(runs[-1]))
    assert supervisor.stop() == 0
    wanted = [line for run in runs for line in lines_of(run)]
    assert [line for line in wanted if supervisor.log.count(line) != 1] == []


def test_what_waits_to_be_written_does_not_leave_with_a_copy_too() -> None:
    """A neighbour's line, or the carrier's, waits at the very moment at which a task forks."""
    found = subprocess.run(
        [sys.executable, "-c", FORKS_WITH_A_LINE], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.count("it waits") == 1


FORKS_WITH_A_LINE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django; django.setup()
from rota.execution import logs
from rota.execution.forks import only_the_original
from rota.execution.lines import lines
from rota.processes import journal
from rota.processes.options import Options
journal.set_up(Options(), "worker")
logs.keep_prints()
lines.line("it waits", may_wait=True)
with only_the_original():
    if pid := os.fork():
        os.waitpid(pid, 0)
"""
