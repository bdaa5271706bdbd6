"""Work that stays only if its attempt holds the run, and marks of what was done."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections, transaction

import rota
from rota import clock
from rota.exceptions import DoneElsewhere, InvalidInput
from rota.execution.perform import perform
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.models import Effect, Outcome
from tests.processes.conftest import witness

USING = "default"
ODD_KEYS = ["Invoice", "invoice ", "Müller", "x" * 200 + "", "\U0001f4a7" * 200]

pytestmark = pytest.mark.django_db(transaction=True)


def do(name: str, *args: object) -> Ending:
    """Perform a task that works in blocks, once."""
    order = Order(task_path=f"tests.project.effect_tasks.{name}", args=list(args))
    enqueue([order], using=USING, now=clock.now(USING))
    (claimed,) = claim(uuid.uuid4(), [], 1, using=USING)
    return perform(claimed, worker="host:1", holder=uuid.uuid4())


def groups() -> int:
    return Group.objects.count()


def test_the_second_run_gets_what_the_first_returned() -> None:
    assert do("charge", "order-1", 5).result == {"amount": 5}
    assert do("charge", "order-1", 7).result == {"amount": 5}
    assert do("charge", "order-2", 7).result == {"amount": 7}
    mark = Effect.objects.get(key="order-1")
    assert (mark.attempt, mark.result) == (1, {"amount": 5})


def test_what_fails_leaves_no_mark_and_no_work(witnessed: Path) -> None:
    for _ in range(2):
        assert do("marks_and_fails", "m").error == "no"
    assert witness(witnessed) == ["first=True", "first=True"]
    assert (groups(), Effect.objects.count()) == (0, 0)


def test_a_run_that_was_taken_over_keeps_nothing() -> None:
    ending = do("loses_its_run", "x")
    assert (ending.outcome, ending.error_class) == (Outcome.FAILED, "rota.exceptions.AttemptLost")
    assert "no longer holds run" in ending.error
    assert groups() == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("in_a_transaction", "expected none around them"), ("in_a_coroutine", "sync_to_async")],
)
def test_where_the_end_cannot_be_guarded_it_is_refused(name: str, sentence: str) -> None:
    ending = do(name, "x")
    assert (ending.error_class, sentence in ending.error) == ("rota.exceptions.Refused", True), ending.error
    assert (groups(), Effect.objects.count()) == (0, 0)


def test_a_coroutine_does_it_in_a_plain_function() -> None:
    assert [do("beside_a_coroutine", "x").result for _ in range(2)] == [True, False]
    assert Effect.objects.get(key="x").run_id is not None
    assert groups() == 1


def test_by_hand_it_is_the_same_without_a_fence() -> None:
    with rota.fenced():
        Group.objects.create(name="kept")
    for expected in (True, False):
        with rota.once("by-hand") as first:
            assert first is expected
    assert Effect.objects.get(key="by-hand").run_id is None
    assert groups() == 1


def test_blocks_do_not_stand_in_one_another() -> None:
    with (
        rota.fenced(),
        pytest.raises(rota.exceptions.Refused, match="not one inside the other"),
        rota.once("x"),
    ):
        pass


@pytest.mark.parametrize("key", ODD_KEYS)
def test_keys_differ_as_texts_differ_on_every_database(key: str) -> None:
    near = [key, key.lower().strip().replace("ü", "u")[:199], key.upper()[:199] + "."]
    assert len(set(near)) == 3
    for each in near:
        assert rota.once(each, lambda each=each: each) == each
    assert rota.once(key, lambda: "again") == key
    assert Effect.objects.count() == 3


@pytest.mark.parametrize("key", ["", "x" * 201, "a\x00b", 17])
def test_a_key_that_cannot_be_kept_is_refused(key: object) -> None:
    with pytest.raises(InvalidInput, match="expected a key"):
        rota.once(key)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected a function, got 'add_up'"):
        rota.once("total", "add_up")


def test_a_result_that_cannot_be_kept_is_rolled_back() -> None:
    def make() -> object:
        Group.objects.create(name="made")
        return object()

    with pytest.raises(InvalidInput, match=r"once\('x'\).*JSON"):
        rota.once("x", make)
    assert (groups(), Effect.objects.count()) == (0, 0)
    assert rota.once("x", lambda: (1, 2)) == [1, 2]


def make_elsewhere(result: str) -> None:
    """Another process's mark, as after a lease in which it held the key and went on."""

    def make() -> None:
        Effect.objects.create(key="x", made_at=clock.now(USING), result=result)
        connections[USING].close()

    other = threading.Thread(target=make)
    other.start()
    other.join()


overtakes = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="on SQLite nobody else writes while a block is open"
)


@overtakes
def test_a_block_that_was_overtaken_keeps_nothing() -> None:
    def overtaken() -> None:
        with rota.once("x"):
            Group.objects.create(name="mine")
            make_elsewhere("theirs")

    with pytest.raises(DoneElsewhere, match="somebody else did it"):
        overtaken()
    assert groups() == 0


@overtakes
def test_a_function_that_was_overtaken_gets_the_others_result() -> None:
    def overtaken() -> str:
        Group.objects.create(name="mine")
        make_elsewhere("theirs")
        return "mine"

    assert rota.once("x", overtaken) == "theirs"
    assert groups() == 0


def test_inside_a_test_case_it_works_too() -> None:
    """Django marks the transactions of its test cases; others around a block are refused."""
    with pytest.raises(rota.exceptions.Refused), transaction.atomic(), rota.once("x"):
        pass
    atomic = transaction.atomic()
    atomic._from_testcase = True
    with atomic, rota.once("x") as first:
        assert first
