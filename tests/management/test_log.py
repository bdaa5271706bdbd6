"""`rota log` and `rota show` of a run that is being performed."""

from __future__ import annotations

import uuid

import pytest

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.finish import finish
from rota.ledger.open_attempts import Shown, show
from rota.management import following
from rota.models import Outcome
from tests.management.conftest import rota

pytestmark = pytest.mark.usefixtures("project")

USING = "default"


@pytest.fixture
def running():
    enqueue([Order(task_path="tests.project.tasks.add", args=[1, 2])], using=USING, now=clock.now(USING))
    return claim(uuid.uuid4(), [], 1, using=USING)[0]


def tell(run, log, done=1):
    progress = {"done": done, "total": 4, "text": "adding"}
    show([Shown(run.run_id, run.token, progress, log)], using=USING, now=clock.now(USING))


def end(run, outcome=Outcome.SUCCEEDED, **given):
    now = clock.now(USING)
    ending = Ending(
        run_id=run.run_id, token=run.token, attempt=run.attempt, outcome=outcome, started_at=now, finished_at=now,
        held_by=uuid.uuid4(), worker="host:1", **given,
    )  # fmt: skip
    finish([ending], using=USING, now=now)


def test_a_running_run_is_shown_as_far_as_it_is(running):
    tell(running, "began \x1b[31m\n")
    out = rota("show", str(running.run_id)).out
    assert "Attempt 1: running, as of 2026-03-10 12:00:00" in out
    assert "  1 of 4 (25 %)  adding" in out and "  began \\x1b[31m" in out
    facts = rota("show", str(running.run_id), "--json").json
    assert facts["shown"]["progress"] == {"done": 1, "total": 4, "text": "adding"}
    end(running, progress={"done": 4, "total": 4, "text": ""})
    assert rota("show", str(running.run_id), "--json").json["shown"] is None
    assert "  4 of 4 (100 %)" in rota("show", str(running.run_id)).out


def test_the_log_alone_goes_to_stdout_and_all_else_to_stderr(running):
    end(running, Outcome.FAILED, log="one\ntwo\n", error_class="OSError", error="no", retry_in=None)
    answer = rota("log", str(running.run_id))
    assert (answer.out, answer.code) == ("one\ntwo\n", 0)
    assert "Attempt 1: failed after 0.0 s: OSError: no" in answer.err
    assert rota("log", str(running.run_id), "--json").json["attempts"][0]["log"] == "one\ntwo\n"
    assert rota("log", str(running.run_id), "--follow", "--json").code == 2


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.SUCCEEDED, 0), (Outcome.FAILED, 1)])
def test_following_prints_each_line_once_and_ends_with_the_run(running, monkeypatch, outcome, code):
    steps = iter(
        [
            lambda: tell(running, "one\n"),
            lambda: tell(running, "one\ntwo, not yet"),
            lambda: tell(running, "one\ntwo, not yet whole\nthree\n", done=2),
            lambda: end(running, outcome, log="one\ntwo, not yet whole\nthree\nfour"),
        ]
    )
    monkeypatch.setattr(following.time, "sleep", lambda _: next(steps)())
    answer = rota("log", str(running.run_id), "--follow")
    assert (answer.out, answer.code) == ("one\ntwo, not yet whole\nthree\nfour\n", code)
    assert answer.err.count("1 of 4 (25 %)  adding") == 1 and "2 of 4 (50 %)  adding" in answer.err


def test_following_goes_on_with_the_next_attempt(running, monkeypatch):
    def again():
        end(running, Outcome.LOST, log="first\n")
        (second,) = claim(uuid.uuid4(), [], 1, using=USING)
        tell(second, "second\n")
        steps.append(lambda: end(second, log="second\nlast\n"))

    steps = [lambda: tell(running, "fir"), again]
    monkeypatch.setattr(following.time, "sleep", lambda _: steps.pop(0)())
    answer = rota("log", str(running.run_id), "-f")
    assert answer.out == "first\nsecond\nlast\n"
    assert (
        answer.err.index("Attempt 1: lost")
        < answer.err.index("Attempt 2\n")
        < answer.err.index("Attempt 2: succeeded")
    )
