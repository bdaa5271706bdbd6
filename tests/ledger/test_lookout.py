"""What a claimer remembers between two looks, and that nothing starves."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rota import clock
from rota.ledger.claim import Claimed, claim
from rota.ledger.lookout import LONG, LOOK_AGAIN, OLDEST_FIRST, Lookout
from rota.models import Run
from tests.ledger.conftest import USING, put


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The elapsed time: one number, to be raised."""
    elapsed = [1000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: elapsed[0])
    return elapsed


def take(lookout: Lookout, limit: int = 1, **more: Any) -> list[Claimed]:
    """As a worker does it: look, then claim."""
    lookout.look()
    return claim(uuid.uuid4(), [], limit, using=USING, lookout=lookout, **more)


def looks(lookout: Lookout) -> int:
    """Queries of one look."""
    with CaptureQueriesContext(connection) as queries:
        lookout.look()
    return len(queries)


def test_while_runs_stand_where_they_stood_nobody_looks_again(passing: list[float]) -> None:
    put(3)
    lookout = Lookout([], using=USING)
    assert len(take(lookout)) == 1
    assert looks(lookout) == 0
    assert len(take(lookout)) == 1


def test_an_empty_line_is_looked_for_anew(passing: list[float]) -> None:
    put()
    lookout = Lookout([], using=USING)
    assert len(take(lookout, 5)) == 1
    put(queue_name="other")
    assert looks(lookout) == 1
    assert len(take(lookout, 5)) == 1


def test_a_better_line_is_seen_at_the_next_look(passing: list[float]) -> None:
    put(3)
    lookout = Lookout([], using=USING)
    take(lookout)
    (urgent,) = put(priority=50)
    assert take(lookout)[0].run_id != urgent.pk, "this test is to see the memory at work"
    passing[0] += LOOK_AGAIN
    assert take(lookout)[0].run_id == urgent.pk


def test_what_was_committed_late_is_found_behind_the_mark(passing: list[float]) -> None:
    """A long transaction brings a run that was ready before all that were seen."""
    (late,) = put()
    Run.objects.filter(pk=late.pk).update(ready_at=None)
    clock.step(timedelta(seconds=5))
    put(3)
    lookout = Lookout([], using=USING)
    take(lookout)
    Run.objects.filter(pk=late.pk).update(ready_at=late.ready_at)
    assert late.pk not in {run.run_id for run in take(lookout)}
    passing[0] += LOOK_AGAIN
    assert take(lookout)[0].run_id == late.pk


def test_it_says_how_long_nothing_will_be_ready(passing: list[float]) -> None:
    put(run_after=clock.now(USING) + timedelta(seconds=7))
    lookout = Lookout([], using=USING)
    assert lookout.look() == []
    assert lookout.wait == 7.0


def test_the_oldest_has_its_turn_whatever_more_important_comes(passing: list[float]) -> None:
    (humble,) = put(priority=-10)
    clock.step(LONG)
    lookout = Lookout([], using=USING)
    first = []
    for _ in range(OLDEST_FIRST):
        put(5, priority=10)
        passing[0] += LOOK_AGAIN
        first += take(lookout)
    assert [run.run_id == humble.pk for run in first] == [False] * (OLDEST_FIRST - 1) + [True]


def test_before_it_has_waited_long_the_most_important_goes_first(passing: list[float]) -> None:
    put(priority=-10)
    put(50, priority=10)
    lookout = Lookout([], using=USING)
    for _ in range(2 * OLDEST_FIRST):
        passing[0] += LOOK_AGAIN
        assert take(lookout)[0].priority == 10
