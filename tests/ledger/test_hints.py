"""A hint is short enough for every server, whatever the queues are called."""

from __future__ import annotations

import pytest

from rota.ledger.hints import ANY, MANY, Hint, decode


@pytest.mark.parametrize("letter", ["x", "\U0001f642", "\n", '"'])
def test_many_long_names_are_called_any(letter: str) -> None:
    hint = Hint({f"{n}{letter * 190}": 1 for n in range(MANY)}, schedules=True, stops=True)
    assert len(hint.encode().encode()) < 4_000
    assert decode(hint.encode()) == Hint({ANY: MANY}, schedules=True, stops=True)


@pytest.mark.parametrize("letter", ["x", "\U0001f642"])
def test_names_that_fit_are_said(letter: str) -> None:
    hint = Hint({f"{n:02}{letter * 17}": 1 for n in range(MANY)}, stops=True)
    assert len(hint.encode().encode()) < 5_000
    assert decode(hint.encode()) == hint
