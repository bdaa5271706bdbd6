"""Limits as values: what may be said, and which runs count together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rota.policies import Limit, Terms, limit
from rota.policies.limits import names


def test_a_limit_is_read_in_seconds() -> None:
    assert limit(100, per=timedelta(minutes=1), key="crm") == Limit(100, 60.0, "crm")
    assert limit(100, per=60).every == timedelta(milliseconds=600)


@pytest.mark.parametrize("number", [0, -1, 1_000_001, 1.5, True, "2"])
def test_an_impossible_number_is_refused(number: object) -> None:
    with pytest.raises(ValueError, match="whole number from 1 to 1,000,000"):
        limit(number)  # type: ignore[arg-type]


@pytest.mark.parametrize("per", [0, -1, 366 * 86_400 + 1, "60", True, float("nan")])
def test_an_impossible_period_is_refused(per: object) -> None:
    with pytest.raises(ValueError, match="expected per to be"):
        limit(1, per=per)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "key",
    [
        "{a.b}",
        "{a[0]}",
        "{a!r}",
        "{a:>10}",
        "{}",
        "{0}",
        "{a",
        "a}",
        "",
        " ",
        "x" * 201,
        "a\x00b",
        7,
        "{a.__class__}",
    ],
)
def test_a_key_holds_plain_names_and_nothing_else(key: object) -> None:
    with pytest.raises(ValueError, match="expected key"):
        limit(1, key=key)  # type: ignore[arg-type]


def test_a_key_is_filled_with_the_arguments() -> None:
    one = limit(1, key="customer:{customer_id}:{region}")
    assert names("customer:{customer_id}:{region}") == ["customer_id", "region"]
    assert one.key_for({"customer_id": 7, "region": "eu", "more": 1}, "own") == "customer:7:eu"
    assert (
        one.key_for({"customer_id": None, "region": {"b": 1, "a": [2]}}, "own")
        == 'customer:null:{"a": [2], "b": 1}'
    )


def test_what_an_argument_holds_is_never_read_as_a_name() -> None:
    assert limit(1, key="c:{who}").key_for({"who": "{secret}", "secret": "x"}, "own") == "c:{secret}"


def test_braces_may_stand_in_a_key() -> None:
    assert limit(1, key="{{a}}:{a}").key_for({"a": 1}, "own") == "{a}:1"


def test_without_a_key_the_task_stands_for_itself() -> None:
    assert limit(1).key_for({}, "own") == "own"


def test_terms_keep_their_limits_and_say_nothing_where_there_are_none() -> None:
    terms = Terms(concurrency=limit(2, key="a"), rate=limit(3, per=60))
    assert Terms.from_json(terms.to_json()) == terms
    assert set(Terms(at_most_once=True).to_json() or ()).isdisjoint({"concurrency", "rate"})


@pytest.mark.parametrize(
    "stored", [{"number": 0}, {"per": 1}, {"number": "2"}, {"number": 1, "key": "{a.b}"}]
)
def test_a_stored_limit_that_this_version_does_not_understand_stops_nothing(
    stored: dict[str, object],
) -> None:
    assert Terms.from_json({"concurrency": stored}).concurrency is None
