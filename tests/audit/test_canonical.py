"""The canonical form, by golden vectors: a change of any of these texts breaks every stored chain."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rota.audit.canonical import canonical, moment, storable, text

MADRID_WINTER = timezone(timedelta(hours=1))

GOLDEN = [
    (None, "null"),
    ({}, "{}"),
    ({"b": 1, "a": 2, "B": 3, "é": 4, "aa": 5}, '{"B":3,"a":2,"aa":5,"b":1,"é":4}'),
    ({"z": {"y": [1, {"x": None}]}}, '{"z":{"y":[1,{"x":null}]}}'),
    ("café ☕ 𝛑", '"café ☕ 𝛑"'),
    ('line\nquote" back\\', '"line\\nquote\\" back\\\\"'),
    ("a\x00b", '"a\\\\u0000b"'),
    ("lone \ud800 surrogate", '"lone \\\\ud800 surrogate"'),
    (1.0, "1"),
    (-0.0, "0"),
    (0.1, "0.1"),
    (1e-7, "1e-07"),
    (1e16, '"1e+16"'),
    (float("nan"), '"nan"'),
    (float("inf"), '"inf"'),
    (2**53, '"9007199254740992"'),
    (10**15, "1000000000000000"),
    (True, "true"),
    (Decimal("1.10"), '"1.10"'),
    (datetime(2026, 3, 29, 2, 30, tzinfo=MADRID_WINTER), '"2026-03-29T01:30:00.000000Z"'),
    (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), '"2026-03-29T01:30:00.000000Z"'),
    (datetime(2026, 3, 29, 2, 30), '"2026-03-29T02:30:00"'),  # noqa: DTZ001 - a naive time stays as it is
    (date(2026, 3, 29), '"2026-03-29"'),
    (timedelta(minutes=1, milliseconds=500), "60.5"),
    (("a", "b"), '["a","b"]'),
    ({3: "x"}, '{"3":"x"}'),
    ({"b", "a"}, '["a","b"]'),
]


@pytest.mark.parametrize(("value", "expected"), GOLDEN, ids=[repr(value)[:30] for value, _ in GOLDEN])
def test_golden(value: object, expected: str) -> None:
    assert canonical(storable(value)).decode() == expected


def test_nesting_is_bounded_so_that_a_bomb_becomes_text() -> None:
    bomb: list[object] = []
    for _ in range(100):
        bomb = [bomb]
    assert len(canonical(storable(bomb))) < 1000


def test_a_time_keeps_its_microseconds_and_loses_its_zone() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=MADRID_WINTER)) == "2026-01-02T02:04:05.000060Z"


def test_a_long_text_says_that_it_was_cut() -> None:
    assert text("x" * 10, 5) == "xxxx…"
    assert text("xxxxx", 5) == "xxxxx"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_a_storable_value_survives_json_and_stays_what_it_is(value: object) -> None:
    stored = storable(value)
    assert canonical(json.loads(json.dumps(stored))) == canonical(stored)
    assert canonical(storable(stored)) == canonical(stored)
