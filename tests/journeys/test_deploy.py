"""A deploy removes a task, renames another and adds a schedule: no crash, no lost run, nothing in silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rota import clock
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.integrity import check
from rota.models import Run, Schedule
from tests.ledger.conftest import USING

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

PATH = "tests.journeys.deploy.tasks"


class Host:
    """`rota run` in the release asked for, until it is stopped."""

    def __init__(self, release: str, output: Path) -> None:
        self.output = output
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.journeys.deploy.settings",
            "ROTA_RELEASE": release,
        }
        with output.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "django", "rota", "run"], env=environment, stdout=said, stderr=said
            )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def wait_for(self, fact: Callable[[], bool], name: str) -> None:
        until = time.monotonic() + 60
        while not fact():
            assert self.process.poll() is None, f"rota run ended:\n{self.output.read_text()}"
            assert time.monotonic() < until, f"waited for {name}:\n{self.output.read_text()[-3000:]}"
            time.sleep(0.05)


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Callable[[str], Host]]:
    hosts: list[Host] = []

    def start(release: str) -> Host:
        hosts.append(Host(release, tmp_path / f"{release}.out"))
        return hosts[-1]

    yield start
    for host in hosts:
        if host.process.poll() is None:
            host.stop()


def succeeded(name: str, release: str) -> bool:
    return Run.objects.filter(task_path=f"{PATH}.{name}", state="SUCCESSFUL", result=release).exists()


def retired() -> set[str]:
    return set(Schedule.objects.filter(retired_at__isnull=False).values_list("key", flat=True))


def waiting(name: str) -> Run:
    """A run of the old release that is still waiting when the new one comes."""
    now = clock.now(USING)
    order = Order(task_path=f"{PATH}.{name}", run_after=now + timedelta(seconds=2))
    return enqueue([order], using=USING, now=now)[0]


def test_what_the_new_code_no_longer_has_is_parked_and_shown(deploy: Callable[[str], Host]) -> None:
    old = deploy("old")
    old.wait_for(
        lambda: all(succeeded(name, "old") for name in ("removed", "renamed", "kept")), "the old release"
    )
    left = [waiting("removed"), waiting("renamed")]
    assert old.stop() in (0, 75)

    new = deploy("new")
    new.wait_for(
        lambda: all(succeeded(name, "new") for name in ("renamed_to", "kept", "added")), "the new release"
    )
    ids = [run.pk for run in left]
    new.wait_for(
        lambda: Run.objects.filter(pk__in=ids, parked_at__isnull=False).count() == 2, "the parked runs"
    )
    assert set(Run.objects.filter(pk__in=ids).values_list("state", "attempt_count")) == {("READY", 0)}
    assert retired() == {"removed", "renamed"}
    assert new.process.poll() is None
    assert new.stop() in (0, 75)
    assert check(using=USING, now=clock.now(USING)) == []

    again = deploy("old")
    again.wait_for(
        lambda: Run.objects.filter(pk__in=ids, state="SUCCESSFUL").count() == 2, "the rolled back release"
    )
    again.wait_for(lambda: retired() == {"renamed_to", "added"}, "the old schedules")


def test_old_and_new_overlap_without_a_gap(deploy: Callable[[str], Host]) -> None:
    old = deploy("old")
    old.wait_for(lambda: succeeded("kept", "old"), "the old release")
    new = deploy("new")
    new.wait_for(lambda: succeeded("added", "new"), "the new release")
    new.wait_for(lambda: succeeded("kept", "new"), "a shared schedule")
    assert old.process.poll() is None
    assert old.stop() in (0, 75)
    new.wait_for(lambda: succeeded("renamed_to", "new"), "the renamed one")
    assert new.stop() in (0, 75)
    kept = Schedule.objects.get(key="kept")
    runs = Run.objects.filter(schedule=kept, due_at__isnull=False)
    seconds = sorted(
        int(run.due_at.timestamp()) + n for run in runs for n in range(run.due_count) if run.due_at
    )
    assert seconds == list(range(seconds[0], seconds[-1] + 1)), "every second has its row, once"
    assert check(using=USING, now=clock.now(USING)) == []
