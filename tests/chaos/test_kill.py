"""Twenty schedules at one second, three schedulers, four workers, SIGKILL at random: the ledger is exact."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models import QuerySet

from rota.models import Attempt, Cursor, Process, Run
from tests.chaos.cast import Cast, pause
from tests.chaos.checker import Report, check

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.processes]

SEED = int(os.environ.get("ROTA_CHAOS_SEED", "1"))


@pytest.fixture
def cast(tmp_path: Path) -> Iterator[Cast]:
    """The stage, swept afterwards whatever happened."""
    on_stage = Cast(tmp_path, SEED)
    try:
        yield on_stage
    finally:
        on_stage.end()


def play(cast: Cast, seconds: float, between_kills: float) -> Report:
    """Warm up, kill for `seconds`, heal, stop planning, drain, look."""
    cast.start()
    wait_for(lambda: Attempt.objects.filter(outcome="succeeded").count() > 20, "the first successes", cast)
    until = time.monotonic() + seconds
    strike_at = 0.0
    while (now := time.monotonic()) < until:
        if now >= strike_at:
            cast.strike()
            strike_at = now + cast.random.expovariate(1 / between_kills)
        cast.revive(now)
        pause()
    heal(cast)
    assert set(cast.leave("scheduler")) == {0}
    wait_for(
        lambda: not Run.objects.filter(state__in=("READY", "RUNNING")).exists(), "the end of the work", cast
    )
    everybody(cast)
    assert set(cast.leave("worker")) == {0}
    return check(cast.folder)


def heal(cast: Cast) -> None:
    """Everybody is back, and planning is up to date."""
    everybody(cast)
    healed = time.time()
    wait_for(
        lambda: all(one.planned_until.timestamp() > healed for one in Cursor.objects.all()), "planners", cast
    )
    everybody(cast)


def everybody(cast: Cast) -> None:
    """Wait until each supervisor on stage has begun its work: one that has not ends at SIGTERM like any program."""
    wait_for(lambda: not cast.pids() - set(alive()), "everybody", cast)


def alive() -> QuerySet[Process, int]:
    """The process ids of the supervisors that hold a lease."""
    supervisors = Process.objects.filter(kind="supervisor", stopped_at__isnull=True)
    return supervisors.values_list("pid", flat=True)


def wait_for(fact: Callable[[], bool], name: str, cast: Cast, within: float = 90.0) -> None:
    """Wait for a fact; say what the processes said when it does not come."""
    until = time.monotonic() + within
    while not fact():
        cast.revive(time.monotonic())
        if time.monotonic() > until:
            said = "\n".join(path.read_text()[-1500:] for path in cast.folder.glob("*.out"))
            pytest.fail(f"waited {within} s for {name}; the processes said:\n{said}")
        pause()


def assert_exact(report: Report, cast: Cast) -> None:
    """Enough happened to mean something, and nothing is wrong."""
    print(
        f"chaos: seed {SEED}, {report}, kills {cast.kills}, starts {sum(role.starts for role in cast.roles)}"
    )
    assert report.wrong == []
    assert report.instants > 200 and report.successes > 100 and cast.kills > 3


def test_a_short_storm_of_kills_loses_nothing(cast: Cast) -> None:
    assert_exact(play(cast, seconds=15, between_kills=1.5), cast)


@pytest.mark.slow
def test_two_minutes_of_kills_lose_nothing(cast: Cast) -> None:
    report = play(cast, seconds=float(os.environ.get("ROTA_CHAOS_SECONDS", "120")), between_kills=2.0)
    assert_exact(report, cast)
    assert report.instants > 2000 and cast.kills > 30
