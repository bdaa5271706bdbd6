"""DB20: the project's router sends reads to a copy that lags behind; rota asks its own database, and no router."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rota.models import Attempt, Outcome, Run, State
from tests.faults.conftest import StartHost, ask, ended, state, until, witness
from tests.faults.peers import told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

SCHEDULES = {"tick": {"task": "tests.faults.work.note", "calendar": "every 1 second", "args": ["tick"]}}


@pytest.fixture
def stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that has every table and not one row; what the router is asked stands beside it."""
    monkeypatch.setenv("ROTA_TEST_COPY", str(tmp_path / "copy.sqlite3"))
    manage("migrate", "--database=copy", "--verbosity=0")
    asked = tmp_path / "copy.sqlite3.asked"
    asked.write_text("")
    return asked


def manage(*words: str) -> str:
    """What `manage.py` says in that project."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.stale"}
    command = [sys.executable, "-m", "django", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked_about_ours(stale: Path) -> list[str]:
    """The tables of rota's whose reads went where the router says."""
    return [label for label in stale.read_text().split() if label.startswith("rota.")]


def test_db20_a_router_that_sends_reads_to_a_stale_copy_is_not_asked(
    start: StartHost, witnessed: Path, stale: Path
) -> None:
    once = ask("work.note", "once")
    project = {"DJANGO_SETTINGS_MODULE": "tests.faults.stale"}
    host = start(env=project, scheduler=True, settings={"SCHEDULES": SCHEDULES})
    until(ended(once))
    until(lambda: Run.objects.filter(schedule__key="tick", state=State.SUCCESSFUL).count() > 2)
    assert host.stop() == 0
    assert Attempt.objects.get(run=once).outcome == Outcome.SUCCEEDED
    ticks = Run.objects.filter(schedule__key="tick", state=State.SUCCESSFUL).count()
    assert witness(witnessed).count("tick START") == ticks
    assert asked_about_ours(stale) == []


@pytest.mark.parametrize("words", ["runs", "show {run}", "log {run}", "cancel {run} --reason=x"])
def test_db20_nor_is_it_by_the_commands(stale: Path, words: str) -> None:
    run = str(ask("work.note", "once").pk)
    said = manage("rota", *words.format(run=run).split())
    assert "log" in words or run in said
    assert asked_about_ours(stale) == []


def test_db20_nor_by_who_enqueues_and_looks_at_once(stale: Path) -> None:
    said = told("use", settings="tests.faults.stale")
    assert (said["before"], said["after"]) == ("READY", "FAILED")
    assert state(Run.objects.get(pk=said["run"])) == State.CANCELLED
    assert asked_about_ours(stale) == []
