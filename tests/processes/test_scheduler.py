"""The scheduler's steps, driven by hand on a real database."""

from __future__ import annotations

import logging
import os
import uuid
from datetime import timedelta

import pytest

from rota import clock
from rota.ledger import halts
from rota.models import Process, Run
from rota.processes import clockguard
from rota.processes import scheduler as scheduling
from rota.processes.clockguard import Reading
from rota.processes.options import Options
from rota.processes.scheduler import Scheduler
from rota.processes.spec import SCHEDULER, Spec
from rota.schedules.sync import Changes
from tests.processes.conftest import USING

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    """A scheduler whose project declares nothing."""
    monkeypatch.setattr(scheduling, "sync", lambda **_: Changes(added=["nightly"], problems=["one owner"]))
    spec = Spec(SCHEDULER, uuid.uuid4(), uuid.uuid4(), os.getpid(), Options())
    return Scheduler(spec, USING, lambda runs: None)


def test_the_first_round_syncs_and_tells_what_was_missed(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "rota")
    assert 0 < scheduler.step() <= scheduling.EDITS_SEEN_WITHIN
    assert caplog.messages == [
        "Schedule added: nightly",
        "Schedule problem: one owner",
        "Worker startup complete, running missed task check...",
        "Checking for missed scheduled tasks...",
        "No missed tasks detected",
    ]
    caplog.clear()
    scheduler.step()
    assert caplog.messages == []
    assert Process.objects.get().kind == "scheduler"


def test_a_jump_of_the_clock_halts_planning_until_a_person_accepts_it(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scheduler.step()

    def two_hours_on(using: str) -> Reading:
        reading = clockguard.Reading(clock.now(using), clock.host_now(), clock.elapsed(), clock.elapsed())
        ahead = timedelta(hours=2)
        return Reading(reading.database + ahead, reading.host + ahead, reading.before, reading.after)

    guard = scheduler._guard
    assert guard is not None
    monkeypatch.setattr(guard, "look", lambda: clockguard.ClockGuard.look(guard, two_hours_on))
    assert scheduler.step() == scheduling.WHILE_HALTED
    assert scheduler.step() == scheduling.WHILE_HALTED
    halt = halts.open_halt(using=USING)
    assert halt is not None and "+7200 s" in halt.detail
    assert [r.levelname for r in caplog.records if "halted" in r.getMessage()] == ["ERROR"]
    assert Run.objects.count() == 0
    halts.accept(by="an operator", using=USING, now=clock.now(USING))
    monkeypatch.undo()
    assert scheduler.step() <= scheduling.EDITS_SEEN_WITHIN
    assert "The time was accepted" in caplog.text


def test_a_halt_outlives_a_restart(scheduler: Scheduler, caplog: pytest.LogCaptureFixture) -> None:
    now = clock.now(USING)
    halts.write_halt(at=now, expected_at=now, detail="it jumped before", using=USING)
    assert scheduler.step() == scheduling.WHILE_HALTED
    assert "Planning is halted until a person accepts the time" in caplog.text
    assert Process.objects.count() == 1


def test_once_is_enough_when_asked_for_once(scheduler: Scheduler) -> None:
    scheduler._options = Options(once=True)
    scheduler.step()
    assert scheduler.finished
