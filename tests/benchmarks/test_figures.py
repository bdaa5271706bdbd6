"""Median, spread, ratio, and how a number is shown."""

from __future__ import annotations

import pytest

from benchmarks.figures import Kind, Spread, number, percentile, ratio, shown, spread

MORE = Kind("tasks", "/s")
LESS = Kind("latency", "ms", less_is_better=True)


def test_the_spread_is_the_median_between_least_and_greatest() -> None:
    assert spread([9.0, 1.0, 2.0]) == Spread(2.0, 1.0, 9.0, 3)


@pytest.mark.parametrize("of_nothing", [spread, lambda values: percentile(values, 0.5)])
def test_of_no_values_there_is_nothing_to_say(of_nothing: object) -> None:
    with pytest.raises(ValueError, match="expected at least one"):
        of_nothing([])


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1, 100), (0.001, 1), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_with_few_values_the_99th_percentile_is_the_worst() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_a_ratio_is_taken_within_each_round() -> None:
    """The machine was half as fast in the second round, for both: that changes no ratio."""
    assert ratio([300, 150, 330], [100, 50, 100], MORE) == 3.0


def test_a_ratio_says_how_many_times_as_good_whichever_way_is_good() -> None:
    assert ratio([10], [20], MORE) == 0.5
    assert ratio([10], [20], LESS) == 2.0


@pytest.mark.parametrize(("own", "other"), [([], [1.0]), ([1.0], []), ([1.0], [0.0])])
def test_there_is_no_ratio_to_nothing(own: list[float], other: list[float]) -> None:
    assert ratio(own, other, MORE) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12345.6, "12,346"),
        (99.96, "100.0"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.0123, "0.012"),
        (-5, "-5.00"),
    ],
)
def test_a_number_has_the_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text


def test_the_spread_is_shown_where_it_can_be_seen() -> None:
    assert shown(spread([1541.0, 1480.0, 1600.0])) == "1,541 (1,480 to 1,600)"
    assert shown(spread([1541.0])) == "1,541"
    assert shown(spread([0.0, 0.0])) == "0"
