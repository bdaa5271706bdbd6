"""Memory shared with a process that may be killed between any two bytes."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.processes.slate import HEADER, LARGEST, Slate, Slot, memory_for

MOMENT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def ending(text: str = "", **more: Any) -> Ending:
    """How an attempt ended."""
    fields: dict[str, Any] = {
        "run_id": uuid.uuid4(), "token": 7, "attempt": 1, "outcome": Outcome.SUCCEEDED, "started_at": MOMENT,
        "finished_at": MOMENT, "held_by": uuid.uuid4(), "worker": "host:1", "log": text,
    }  # fmt: skip
    return Ending(**fields | more)


def slot(token: int = 7) -> Slot:
    """A run that has begun."""
    return Slot(uuid.uuid4(), token, 2, 100.5, 130.5)


def test_what_is_written_is_read_by_the_other_side() -> None:
    memory = memory_for(2)
    worker, supervisor = Slate(memory, 2), Slate(memory, 2)
    supervisor.beat = 12.5
    worker.idle = True
    worker.begin(1, begun := slot())
    first, second, third = ending("one"), ending("two", result={"a": [1]}), ending("three")
    assert worker.keep(first) and worker.keep(second)
    assert (worker.beat, supervisor.idle, supervisor.begun()) == (12.5, True, [begun])
    assert supervisor.kept() == [first, second]
    worker.clear(1)
    worker.forget([first])
    assert worker.keep(third)
    assert (supervisor.begun(), supervisor.kept()) == ([], [second, third])
    worker.forget([second, third])
    assert supervisor.kept() == []


def test_an_outcome_that_comes_while_others_are_stored_is_not_forgotten() -> None:
    slate = Slate(memory_for(1), 1)
    stored, meanwhile = ending("stored"), ending("meanwhile")
    slate.keep(stored)
    slate.keep(meanwhile)
    slate.forget([stored])
    assert slate.kept() == [meanwhile]


@given(st.integers(0, 56))
def test_a_slot_torn_at_any_byte_has_not_begun(torn_at: int) -> None:
    whole = memory_for(1)
    Slate(whole, 1).begin(0, slot())
    # The mark, in the first four bytes, is written last.
    order = [*range(4, 56), *range(4)]
    torn = memory_for(1)
    for offset in order[:torn_at]:
        torn[HEADER + offset] = whole[HEADER + offset]
    assert Slate(torn, 1).begun() == (Slate(whole, 1).begun() if torn_at >= 56 else [])


@given(st.data())
def test_one_changed_byte_of_a_slot_is_noticed(data: st.DataObject) -> None:
    memory = memory_for(1)
    Slate(memory, 1).begin(0, slot())
    offset = HEADER + data.draw(st.sampled_from([n for n in range(56) if not 4 <= n < 8]))
    memory[offset] ^= data.draw(st.integers(1, 255))
    assert Slate(memory, 1).begun() == []


@given(st.integers(1, 2000))
def test_a_torn_outcome_is_left_out_and_the_ones_before_it_stay(missing: int) -> None:
    memory = memory_for(1)
    slate = Slate(memory, 1)
    slate.keep(first := ending("first"))
    before = bytes(memory[:8192])
    slate.keep(ending("second" * 300))
    after = bytes(memory[:8192])
    changed = [n for n in range(len(before)) if before[n] != after[n]]
    for offset in changed[:missing]:
        memory[offset] = before[offset]
    assert slate.kept() == [first]


def test_it_says_when_it_is_full_and_has_room_again() -> None:
    slate = Slate(memory_for(1), 1)
    kept = []
    while slate.keep(one := ending("x" * 60_000)):
        kept.append(one)
    assert 10 < len(kept) < 20 and len(slate.kept()) == len(kept)
    slate.forget(kept)
    assert slate.keep(ending("again"))


def test_what_is_too_long_waits_without_its_texts() -> None:
    slate = Slate(memory_for(1), 1)
    assert slate.keep(ending("x" * (LARGEST + 1), result="y" * 1000))
    (found,) = slate.kept()
    assert found.outcome == Outcome.SUCCEEDED and found.log.startswith("Left out")
    assert found.result == {"rota:left_out": found.log}


@pytest.mark.parametrize("slots", [1, 3, 64])
def test_slots_do_not_touch_each_other(slots: int) -> None:
    slate = Slate(memory_for(slots), slots)
    all_of_them = [slot(number) for number in range(slots)]
    for number, one in enumerate(all_of_them):
        slate.begin(number, one)
    slate.keep(ending())
    assert slate.begun() == all_of_them
    slate.clear(0)
    assert slate.begun() == all_of_them[1:]
