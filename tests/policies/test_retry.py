"""When a failed attempt is tried again, and on what terms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rota.policies import Retry, Terms, retry


def test_by_default_four_attempts_after_five_ten_and_twenty_minutes() -> None:
    policy = retry()
    assert policy.attempts == 4
    assert [policy.wait_after(attempt, roll=0.5) for attempt in (1, 2, 3)] == [300, 600, 1200]


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_a_wait_stays_within_its_jitter_and_its_bound(attempt: int, roll: float) -> None:
    policy = retry(attempts=1000, first_wait=1, max_wait=3600, jitter=0.25)
    middle = min(2.0 ** min(attempt - 1, 64), 3600)
    assert 0.75 * middle <= policy.wait_after(attempt, roll) <= 1.25 * middle


def test_only_the_chosen_exceptions_are_worth_another_attempt() -> None:
    policy = retry(on=[ConnectionError, TimeoutError])
    assert policy.applies_to(["builtins.ConnectionError", "builtins.OSError"])
    assert not policy.applies_to(["builtins.ValueError"])
    assert retry().applies_to(["builtins.ValueError"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": True},
        {"first_wait": -1},
        {"factor": 0.5},
        {"jitter": 1.0},
        {"attempts": 1.5},
    ],
)
def test_impossible_numbers_are_refused_with_what_was_expected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"retry: expected"):
        retry(**wrong)


def test_terms_survive_the_ledger() -> None:
    terms = Terms(
        retry=retry(first_wait=timedelta(minutes=1), on=[OSError]), soft_timeout=5.0, at_most_once=False
    )
    assert Terms.from_json(terms.to_json()) == terms
    assert Terms().to_json() is None
    assert Terms.from_json(None) == Terms()


def test_terms_of_a_newer_version_are_read_as_far_as_they_are_known() -> None:
    assert Terms.from_json({"soft_timeout": 3.0, "from_the_future": 1}) == Terms(soft_timeout=3.0)
    newer = {"retry": {**Retry(attempts=7).to_json(), "from_the_future": 1}}
    assert Terms.from_json(newer) == Terms(retry=Retry(attempts=7))
    assert Terms.from_json({"retry": {"attempts": "many"}}) == Terms(retry=Retry())


def test_a_lost_attempt_is_made_up_for_a_few_times_unless_it_may_begin_only_once() -> None:
    terms = Terms()
    assert [terms.may_begin_again_after_loss(attempt, 1) for attempt in (1, 2, 3)] == [True, True, False]
    assert not Terms(at_most_once=True).may_begin_again_after_loss(1, 5)
    assert Terms(retry=Retry(attempts=10)).may_begin_again_after_loss(9, 10)
    # Two attempts did not count.
    assert [terms.may_begin_again_after_loss(attempt, 3) for attempt in (3, 4, 5)] == [True, True, False]


def test_at_most_once_has_one_attempt_whatever_the_retry_policy() -> None:
    assert Terms(retry=Retry(attempts=10), at_most_once=True).max_attempts == 1
