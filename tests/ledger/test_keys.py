"""The names of gates: distinct on every database, bounded, and in the order of time where they stand for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rota.ledger import keys

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def test_a_plain_key_stays_readable() -> None:
    assert keys.limit_key("customer:7") == "limit:customer:7"
    assert keys.rate_key("task:shop.tasks.send") == "rate:task:shop.tasks.send"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order-a", "order-A"),
        ("jose", "josé"),
        ("a", "a "),
        ("x" * 201, "x" * 202),
        ("ß", "ss"),
        ("a~" + "0" * 32, "A"),
        ("", " "),
    ],
)
def test_keys_that_a_collation_takes_for_equal_are_distinct(one: str, other: str) -> None:
    """Equal without case, accents and blanks at the end is what MySQL's usual collations mean by equal."""
    found = [keys.distinct(text) for text in (one, other)]
    tails = [text.rpartition("~")[2] for text in found]
    assert tails[0].strip() != tails[1].strip()
    assert all(len(text) <= 200 for text in found)


def test_a_lone_surrogate_has_a_key_too() -> None:
    assert keys.distinct("\ud800")


def test_a_time_is_never_too_early_and_comes_when_it_is_due() -> None:
    for micro in (0, 1, 999_999):
        at = keys.after(NOW + timedelta(microseconds=micro))
        assert (at <= keys.due(NOW)) == (micro == 0)
        assert at <= keys.due(NOW + timedelta(seconds=1))


def test_a_run_comes_to_its_gates_in_order() -> None:
    later = NOW + timedelta(hours=1)
    assert keys.first("schedule:1", "limit:a", "rate:a", later, NOW) == "schedule:1"
    assert keys.first("", "limit:a", "rate:a", None, NOW) == "limit:a"
    assert keys.first("", None, "rate:a", NOW, NOW) == "rate:a"
    assert keys.first("", "limit:a", None, later, NOW) == "after:20260310130000"
    assert keys.first("", None, None, later, NOW) is None
