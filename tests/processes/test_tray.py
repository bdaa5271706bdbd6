"""What a worker holds: who may take what, and when."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.policies import Terms
from rota.processes.pace import MOST, Pace
from rota.processes.tray import Tray

MOMENT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def claimed(path: str = "quick", **more: Any) -> Claimed:
    """A claimed run of the task `path`."""
    fields: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(Claimed))
    return Claimed(
        **fields | {"run_id": uuid.uuid4(), "task_path": path, "alone": False, "terms": Terms()} | more
    )


def ending(run: Claimed) -> Ending:
    """How it ended."""
    return Ending(
        run_id=run.run_id, token=1, attempt=1, outcome=Outcome.SUCCEEDED, started_at=MOMENT, finished_at=MOMENT,
        held_by=uuid.uuid4(), worker="",
    )  # fmt: skip


def known_short() -> Pace:
    """A pace that has seen `quick` and `slow`."""
    pace = Pace()
    pace.note("slow", 1.0)
    pace.note("quick", 0.001)
    return pace


def taken(tray: Tray) -> tuple[threading.Thread, list[Claimed | None]]:
    """Another thread takes the next run."""
    found: list[Claimed | None] = []
    thread = threading.Thread(target=lambda: found.append(tray.take()), daemon=True)
    thread.start()
    return thread, found


def test_the_batch_grows_while_everything_is_short() -> None:
    pace = Pace()
    sizes = []
    for _ in range(600):
        pace.note("quick", 0.001)
        sizes.append(pace.size)
    assert sizes[:7] == [2, 2, 4, 4, 4, 4, 8] and pace.size == MOST
    pace.note("quick", 0.006)
    assert pace.size == 1 and pace.brisk("quick")


def test_popping_is_owning() -> None:
    tray = Tray(1, known_short())
    runs = [claimed(), claimed(), claimed()]
    tray.fill(runs)
    assert tray.take() == runs[0]
    assert tray.recall() == runs[1:]
    assert tray.holds() == {runs[0].run_id} and tray.busy


def test_what_may_be_long_waits_until_outcomes_are_stored() -> None:
    tray = Tray(1, known_short())
    first, second, third = claimed(), claimed(), claimed("slow")
    tray.fill([first, second, third])
    for _ in range(2):
        run = tray.take()
        assert run is not None
        tray.put(ending(run), 0.001)
    assert tray.blocked
    thread, found = taken(tray)
    thread.join(0.1)
    assert found == []
    tray.stored(tray.outcomes())
    thread.join(5)
    assert found == [third]


def test_who_must_be_alone_waits_for_the_others_and_they_for_it() -> None:
    tray = Tray(2, known_short())
    other, alone, later = claimed(), claimed(alone=True), claimed()
    tray.fill([other, alone, later])
    assert tray.take() == other
    thread, found = taken(tray)
    thread.join(0.1)
    assert found == []
    tray.put(ending(other), 0.001)
    tray.stored(tray.outcomes())
    thread.join(5)
    assert found == [alone]
    next_thread, then = taken(tray)
    next_thread.join(0.1)
    assert then == []
    tray.put(ending(alone), 0.001)
    next_thread.join(5)
    assert then == [later]


def test_a_long_run_keeps_nothing_waiting_behind_it() -> None:
    tray = Tray(1, known_short())
    runs = [claimed(), claimed()]
    tray.fill(runs)
    assert tray.recall_stalled(0.0) == []  # nothing runs: they are about to be taken
    tray.take()
    assert tray.recall_stalled(10.0) == []
    assert tray.recall_stalled(0.0) == [runs[1]]


def test_who_must_be_alone_does_not_wait_behind_a_long_run() -> None:
    tray = Tray(2, known_short())
    long, alone = claimed("slow"), claimed(alone=True)
    tray.fill([long])
    assert tray.take() == long
    tray.fill([alone])
    assert tray.hungry == 0
    assert tray.recall_stalled(0.0) == [alone]
    assert tray.hungry == 1, "the other executor may ask for more"


def test_closing_lets_everybody_go() -> None:
    tray = Tray(1, Pace())
    thread, found = taken(tray)
    tray.close()
    thread.join(5)
    assert found == [None]


def swift() -> Pace:
    """A pace that takes many of the task `quick` at once."""
    pace = Pace()
    while pace.size < 64:
        pace.note("quick", 0.001)
    return pace


def test_the_next_batch_is_wanted_before_the_last_short_runs_are_done() -> None:
    tray = Tray(1, swift())
    tray.fill([claimed() for _ in range(64)])
    assert tray.hungry == 0, "half of them are enough to be going on with"
    for _ in range(32):
        run = tray.take()
        assert run is not None
        tray.put(ending(run), 0.001)
    assert tray.hungry >= 64
    assert not tray.busy and tray.holds(), "with `--once` this is not the end"


def test_behind_what_may_be_long_nothing_is_claimed_ahead() -> None:
    tray = Tray(2, swift())
    tray.fill([claimed("unheard of"), *(claimed() for _ in range(8))])
    tray.take()
    assert tray.hungry == 0


def test_while_all_is_over_soon_one_more_waits_for_each_executor() -> None:
    pace = Pace()
    pace.note("brisk", 0.01)
    tray = Tray(4, pace)
    tray.fill([claimed("brisk") for _ in range(4)])
    for _ in range(4):
        tray.take()
    assert tray.hungry == 4, "so that nobody waits for the claim"
    tray.fill([claimed("brisk") for _ in range(4)])
    assert tray.hungry == 0


def test_behind_a_long_run_nothing_waits() -> None:
    pace = Pace()
    pace.note("long", 0.1)
    tray = Tray(2, pace)
    tray.fill([claimed("long"), claimed("long")])
    tray.take(), tray.take()
    assert tray.hungry == 0


def test_what_is_kept_while_it_must_be_alone_goes_before_everything_else() -> None:
    tray = Tray(2, known_short())
    busy, alone, other = claimed("slow"), claimed(alone=True), claimed()
    tray.fill([busy])
    tray.take()
    tray.fill([other, alone])
    assert tray.recall_stalled(0.0, keep=lambda run: run.alone) == [other]
    thread, found = taken(tray)
    assert found == [] and tray.hungry == 0
    tray.put(ending(busy), 1.0)
    tray.stored(tray.outcomes())
    thread.join(timeout=10)
    assert found == [alone]
