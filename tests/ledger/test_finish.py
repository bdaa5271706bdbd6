"""An attempt's end moves its run on, once, and only if it still holds it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from rota import clock
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.integrity import check
from rota.ledger.rescue import rescue
from rota.models import Attempt, Run
from rota.policies import Terms, retry
from tests.ledger.conftest import NOW, USING, ended, put, take


def done(*endings: Ending) -> set[uuid.UUID]:
    return finish(endings, using=USING, now=clock.now(USING))


def test_success_closes_the_run_and_keeps_the_result() -> None:
    put()
    (claimed,) = take()
    assert done(ended(claimed, result={"sent": 14}, log="hello")) == {claimed.run_id}
    run = Run.objects.get()
    assert (run.state, run.result, run.attempt_count, run.token, run.held_by) == (
        "SUCCESSFUL",
        {"sent": 14},
        1,
        None,
        None,
    )
    assert run.finished_at == NOW + timedelta(seconds=1)
    attempt = Attempt.objects.get()
    assert (attempt.number, attempt.outcome, attempt.log) == (1, "succeeded", "hello")
    assert check(using=USING, now=NOW) == []


def test_a_failure_with_attempts_left_waits_for_the_next() -> None:
    put(terms=Terms(retry=retry(attempts=3)))
    (claimed,) = take()
    done(ended(claimed, "failed", error="boom", retry_in=60.0))
    run = Run.objects.get()
    assert (run.state, run.ready_at, run.finished_at) == ("READY", NOW + timedelta(seconds=60), None)
    assert take() == []
    clock.step(timedelta(seconds=60))
    (again,) = take()
    assert (again.attempt, again.max_attempts) == (2, 3)


def test_the_last_failure_is_a_dead_letter_with_everything_to_run_it_again() -> None:
    put(terms=Terms(retry=retry(attempts=2)))
    for _ in range(2):
        (claimed,) = take()
        done(ended(claimed, "failed", error="boom", error_class="ValueError", retry_in=0.0))
    run = Run.objects.get()
    assert (run.state, run.attempt_count, run.args, run.settled_at) == ("FAILED", 2, [1, 2], None)
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "failed"), (2, "failed")]


def test_a_final_failure_is_not_tried_again() -> None:
    put(terms=Terms(retry=retry(attempts=5)))
    (claimed,) = take()
    done(ended(claimed, "failed", retry_in=None))
    assert Run.objects.get().state == "FAILED"


def test_a_worker_back_from_the_dead_changes_nothing() -> None:
    put(terms=Terms(retry=retry(attempts=3)))
    holder = uuid.uuid4()
    (first,) = take(holder=holder)
    rescue(holder, begun={(first.run_id, first.token)}, using=USING, now=NOW, detail="killed")
    (second,) = take()
    assert done(ended(first, result="late")) == set()
    assert done(ended(second, result="right")) == {second.run_id}
    assert done(ended(second, result="again")) == set(), "an outcome is written once"
    assert Run.objects.get().result == "right"
    assert list(Attempt.objects.order_by("number").values_list("outcome", flat=True)) == ["lost", "succeeded"]


def test_a_batch_is_written_with_the_lost_ones_left_out() -> None:
    put(3)
    claimed = take()
    done(ended(claimed[1]))
    kept = done(*[ended(each) for each in claimed])
    assert kept == {claimed[0].run_id, claimed[2].run_id}
    assert Run.objects.filter(state="SUCCESSFUL").count() == Attempt.objects.count() == 3


class Unprintable:
    pass


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_result_may_be_as_deep_as_every_database_takes() -> None:
    put()
    (claimed,) = take()
    done(ended(claimed, result=nested(30)))
    assert Run.objects.get().result == nested(30)


@pytest.mark.parametrize(
    ("result", "stored"),
    [
        ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\ud800", "?"),
        ("\N{PILE OF POO}", "\N{PILE OF POO}"),
        ([{"k\x00": ["\x00"]}], [{"k\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}"]}]),
        (None, None),
        (False, False),
    ],
)
def test_a_state_is_stored_even_when_the_result_needs_cleaning(result: Any, stored: Any) -> None:
    put()
    (claimed,) = take()
    done(ended(claimed, result=result, log="\x00\ud800", error="\x00"))
    run = Run.objects.get()
    assert (run.state, run.result) == ("SUCCESSFUL", stored)


@pytest.mark.parametrize(
    "result", [object(), float("nan"), {"x" * 300_000: 1}, Unprintable(), nested(31), nested(500)]
)
def test_a_result_that_cannot_be_stored_says_why(result: Any) -> None:
    put()
    (claimed,) = take()
    done(ended(claimed, result=result))
    run = Run.objects.get()
    assert run.state == "SUCCESSFUL"
    assert set(run.result) == {"rota:unserialisable", "why"}


def test_an_ending_survives_shared_memory() -> None:
    put()
    (claimed,) = take()
    before = ended(claimed, "failed", error="boom", retry_in=2.5)
    assert Ending.from_json(before.to_json()) == before
