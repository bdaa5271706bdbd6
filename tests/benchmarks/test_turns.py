"""Rounds: everything in turn, and what cannot be measured is named once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from benchmarks import servers, turns
from benchmarks.measures import MEASURES
from benchmarks.measures.sizes import QUICK
from benchmarks.report import Results
from benchmarks.staff import Failed
from benchmarks.systems import SYSTEMS
from benchmarks.turns import Turn

ENQUEUE, LATENCY, HISTORY = (MEASURES[name] for name in ("enqueue", "latency", "history"))
ROTA, OBAN = SYSTEMS["rota-sqlite"], SYSTEMS["oban"]


class Script:
    """In place of the measuring processes: what each answers, and in which order they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.refuses: dict[tuple[str, str], Exception] = {}

    def __call__(self, turn: Turn, standing: object, sizes: object) -> dict[str, float]:
        key = (turn.system.name, turn.measure.name)
        self.asked.append(key)
        if key in self.refuses:
            raise self.refuses[key]
        return dict.fromkeys(turn.measure.kinds, float(len(self.asked)))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    made = Script()
    monkeypatch.setattr(turns, "_measured", made)
    return made


@pytest.fixture
def standing() -> Iterator[turns.Standing]:
    with contextlib.ExitStack() as stack:
        yield turns.Standing(stack)


def test_a_round_is_over_before_the_next_begins(script: Script, standing: turns.Standing) -> None:
    wanted = [Turn(ROTA, ENQUEUE), Turn(OBAN, ENQUEUE)]
    found = turns.take(wanted, standing, QUICK, 2, Results({}, {}))
    assert script.asked == [("rota-sqlite", "enqueue"), ("oban", "enqueue")] * 2
    assert found.values("oban", "enqueue50") == [2.0, 4.0]


def test_a_measure_with_rounds_of_its_own_is_taken_once(script: Script, standing: turns.Standing) -> None:
    turns.take([Turn(ROTA, HISTORY)], standing, QUICK, 3, Results({}, {}))
    assert len(script.asked) == 1


def test_what_failed_is_named_and_not_tried_again(script: Script, standing: turns.Standing) -> None:
    script.refuses["oban", "enqueue"] = Failed("it died")
    wanted = [Turn(OBAN, ENQUEUE), Turn(OBAN, LATENCY)]
    found = turns.take(wanted, standing, QUICK, 2, Results({}, {}))
    assert found.failures == {"oban": {"enqueue": "it died"}}
    assert script.asked.count(("oban", "enqueue")) == 1
    assert script.asked.count(("oban", "latency")) == 2


def test_a_server_that_fails_loses_no_other_figures(script: Script, standing: turns.Standing) -> None:
    script.refuses["oban", "enqueue"] = OSError("connection\nlost")
    wanted = [Turn(OBAN, ENQUEUE), Turn(ROTA, ENQUEUE)]
    found = turns.take(wanted, standing, QUICK, 1, Results({}, {}))
    assert found.failures == {"oban": {"enqueue": "OSError: connection lost"}}
    assert found.values("rota-sqlite", "enqueue50") == [2.0]


def test_who_is_absent_is_named_once_for_all_measures(script: Script, standing: turns.Standing) -> None:
    script.refuses["oban", "enqueue"] = turns.Absent("not installed")
    wanted = [Turn(OBAN, ENQUEUE), Turn(OBAN, LATENCY)]
    found = turns.take(wanted, standing, QUICK, 2, Results({}, {}))
    assert found.failures == {"oban": {"all": "not installed"}}
    assert script.asked == [("oban", "enqueue")]


def test_a_round_that_failed_leaves_its_place_empty(script: Script, standing: turns.Standing) -> None:
    """So that figures of one round are never set against those of another."""
    first = Results({}, {})
    turns._take(Turn(OBAN, ENQUEUE), standing, QUICK, 1, first)
    assert first.rounds["oban"][0] == {}


def test_a_server_that_is_not_there_is_looked_for_once(
    standing: turns.Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def find(kind: str, stack: object) -> str:
        looked.append(kind)
        raise servers.NotHere("nobody answers")

    monkeypatch.setattr(servers, "find", find)
    for _ in range(2):
        with pytest.raises(turns.Absent, match="no redis: nobody answers"):
            standing.url("redis")
    assert looked == ["redis"]
