"""What a task tells of its progress is kept with the attempt, whatever runs it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

import rota
from rota.exceptions import InvalidInput
from rota.execution import logs
from rota.execution.context import being
from rota.execution.perform import current_of
from rota.execution.showing import open_attempts
from rota.models import Attempt
from tests.execution.conftest import Do, claimed


def told(*args: Any, **kwargs: Any) -> dict[str, Any] | None:
    with logs.kept() as showing:
        rota.progress(*args, **kwargs)
    return showing.progress()


def test_it_stays_with_the_attempt(do: Do) -> None:
    ending, run = do("tells", 3)
    assert ending.progress == {"done": 3, "total": 3, "text": "counting"}
    assert Attempt.objects.get(run=run).progress == ending.progress


@pytest.mark.parametrize(("how", "done"), [("loop", 3), ("thread", 3)])
def test_a_coroutine_and_its_threads_tell_for_the_same_attempt(do: Do, how: str, done: int) -> None:
    progress = do("tells_later", how)[0].progress
    assert progress is not None and progress["done"] == done
    assert progress["text"] == {"loop": "later", "thread": "in a thread"}[how]


def test_who_tells_nothing_has_none(do: Do) -> None:
    assert do("note", "x")[0].progress is None


def test_outside_of_a_run_nothing_happens() -> None:
    rota.progress(1, 2, "nobody sees this")
    assert list(rota.track([1, 2])) == [1, 2]


def test_while_it_runs_others_see_it_and_afterwards_no_more(db: None) -> None:
    run = claimed("note", "x")
    with being(current_of(run)), logs.kept() as showing:
        rota.progress(1, 2)
        assert open_attempts() == [showing]
        assert (showing.run_id, showing.number, showing.token) == (run.run_id, 1, run.token)
    assert open_attempts() == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((1, 3, "x"), (1, 3, "x")), ((1,), (1, None, "")), ((0.5, 2.0), (0.5, 2, "")), ((True,), (1, None, "")),
        ((Decimal("2.5"), 10), (2.5, 10, "")), ((10**400, 10**500), (2**53, 2**53, "")),
        ((-1, 3), (-1, 3, "")), ((1, 2, gettext_lazy("Name")), (1, 2, "Name")), ((1, 2, "a\x00b"), (1, 2, "a\ufffdb")),
    ],
)  # fmt: skip
def test_numbers_and_texts_are_plain_when_they_are_stored(given: Any, kept: Any) -> None:
    assert told(*given) == dict(zip(("done", "total", "text"), kept, strict=True))


def test_a_long_text_is_cut() -> None:
    progress = told(1, 2, "x" * 5000)
    assert progress is not None and len(progress["text"]) == 200


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("three",), "expected done to be a finite number, got 'three'"), (("3",), "got '3'"), ((None,), "got None"),
        ((float("nan"),), "got nan"), ((1, float("inf")), "expected total"), ((1, 2, 3), "expected text to be a text"),
    ],
)  # fmt: skip
def test_what_is_no_progress_gets_a_sentence_in_and_out_of_a_run(given: Any, sentence: str) -> None:
    for inside in (True, False):
        with pytest.raises(InvalidInput, match=sentence):
            told(*given) if inside else rota.progress(*given)


def test_tracked_items_are_done_when_the_next_is_asked_for() -> None:
    with logs.kept() as showing:
        tracked = rota.track(["a", "b"], text="letters")
        assert showing.told == (0, 2, "letters")
        seen = [(item, showing.told) for item in tracked]
        assert seen == [("a", (0, 2, "letters")), ("b", (1, 2, "letters"))]
        assert showing.told == (2, 2, "letters")


def test_what_has_no_length_has_no_total_unless_it_is_given() -> None:
    with logs.kept() as showing:
        list(rota.track(iter("abc")))
        assert showing.told == (3, None, "")
        list(rota.track(iter("abc"), total=4))
        assert showing.told == (3, 4, "")


def test_what_cannot_be_iterated_gets_a_sentence_at_once() -> None:
    with pytest.raises(InvalidInput, match="expected something to iterate over, got int"):
        rota.track(5)  # type: ignore[call-overload]
