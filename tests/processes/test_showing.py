"""What an attempt shows while it runs: written seldom, and read by everybody; what was killed shows how far it came."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

import rota
from rota import clock
from rota.execution import logs
from rota.execution.context import being
from rota.execution.perform import current_of
from rota.execution.showing import Showing
from rota.ledger.claim import Claimed, claim
from rota.models import Attempt, OpenAttempt, Outcome, Process, Run, State
from rota.policies import Terms
from rota.processes import showing as shows
from rota.processes.showing import AGAIN, LOOK, WORTH_SHOWING, Showcase
from rota.queries import runs
from tests.processes.conftest import USING, StartHost, ended, put, state, until, witness

pytestmark = pytest.mark.faults


class Moments:
    """Elapsed time that the test sets."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def moments() -> Moments:
    return Moments()


@pytest.fixture
def showcase(db: None, moments: Moments) -> Showcase:
    return Showcase(USING, lambda: clock.now(USING), moments)


@pytest.fixture
def attempt(db: None, moments: Moments) -> Iterator[Showing]:
    """One that is being performed, right from its beginning."""
    put("note", "x")
    (run,) = claim(uuid.uuid4(), [], 1, using=USING)
    with being(current_of(run)), logs.kept() as showing:
        showing.began = moments.at
        yield showing


def statements(step: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as queries:
        step()
    return sum("INSERT" in query["sql"] for query in queries)


def test_a_short_attempt_is_never_written(showcase: Showcase, attempt: Showing, moments: Moments) -> None:
    rota.progress(1, 2)
    assert statements(showcase.step) == 0
    moments.at += WORTH_SHOWING
    assert statements(showcase.step) == 1 and OpenAttempt.objects.get().progress["done"] == 1


def test_only_what_changed_is_written_and_at_most_once_a_second(
    showcase: Showcase, attempt: Showing, moments: Moments
) -> None:
    written = []
    for look in range(12):
        if look < 6:
            rota.progress(look, 6)
        moments.at += AGAIN / 2
        written.append(statements(showcase.step))
    assert sum(written) == 4 and written[7:] == [0] * 5
    assert OpenAttempt.objects.get().progress == {"done": 5, "total": 6, "text": ""}
    logs.write("one more line\n")
    moments.at += AGAIN
    assert statements(showcase.step) == 1 and OpenAttempt.objects.get().log == "one more line\n"


def test_who_shows_nothing_costs_nothing(showcase: Showcase, attempt: Showing, moments: Moments) -> None:
    moments.at += 60
    assert statements(showcase.step) == 0


def test_several_are_one_statement(showcase: Showcase, moments: Moments) -> None:
    for _ in range(3):
        put("note", "x")

    def within(claims: list[Claimed]) -> int:
        if not claims:
            moments.at += 1
            return statements(showcase.step)
        with being(current_of(claims[0])), logs.kept() as showing:
            showing.began = moments.at
            rota.progress(len(claims))
            return within(claims[1:])

    assert within(claim(uuid.uuid4(), [], 3, using=USING)) == 1
    assert sorted(row.progress["done"] for row in OpenAttempt.objects.all()) == [1, 2, 3]


def test_what_the_database_refuses_holds_nothing_up_and_an_outage_is_told(
    showcase: Showcase, attempt: Showing, moments: Moments, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    rota.progress(1)
    for error in (ProgrammingError("odd"), OperationalError("away")):

        def refuse(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        moments.at += AGAIN
        rota.progress(clock.elapsed())
        with monkeypatch.context() as broken:
            broken.setattr(shows, "show", refuse)
            if isinstance(error, ProgrammingError):
                showcase.step()
                assert "cannot be stored: odd" in caplog.text
            else:
                with pytest.raises(OperationalError):
                    showcase.step()
    moments.at += LOOK
    assert statements(showcase.step) == 1


def shown(run: Run) -> OpenAttempt | None:
    return runs.detail(run.pk, using=USING).shown


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("options", [{"poll": 30}, {"poll": 30, "threads": 4}])
def test_a_running_task_is_seen_from_outside_however_seldom_its_worker_looks_for_work(
    host: StartHost, witnessed: Path, options: dict[str, float]
) -> None:
    host(**options)
    until(lambda: Process.objects.filter(kind="worker").exists())
    run = put("tells", 40, 600)
    row = until(lambda: shown(run))
    assert state(run) == State.RUNNING and witness(witnessed) == ["told"]
    assert row.progress == {"done": 40, "total": 40, "text": "counting"}
    assert "INFO project.work: counted 39\n" in row.log and row.number == 1


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_killed_task_shows_how_far_it_came(host: StartHost, witnessed: Path) -> None:
    run = put("tells_and_dies", 7, terms=Terms(at_most_once=True))
    host()
    until(lambda: shown(run))
    (witnessed / "seen").touch()
    until(ended(run))
    attempt = Attempt.objects.get(run=run)
    assert (state(run), attempt.outcome) == (State.FAILED, Outcome.LOST)
    assert attempt.progress == {"done": 7, "total": 7, "text": "counting"}
    assert "counted 6\n" in attempt.log
    until(lambda: not OpenAttempt.objects.exists())
