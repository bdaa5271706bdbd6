"""Async tasks on a shared loop: each in its own context, with what may block beside the loop."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from rota import clock
from rota.compat import task_started
from rota.exceptions import RunCancelled
from rota.execution import seats
from rota.execution.coroutines import perform_later
from rota.execution.perform import resolve
from rota.execution.seats import Seat
from rota.execution.timeouts import interrupt
from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending
from rota.models import Outcome
from tests.execution.conftest import claimed
from tests.project.work_tasks import MARK

pytestmark = pytest.mark.django_db


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


async def perform(run: Claimed, aside: ThreadPoolExecutor, **more: Any) -> Ending:
    """One run, as a worker's loop performs it."""
    given = {"begun": lambda: None, "roll": lambda: 0.5, "seat": Seat(), **more}
    return await perform_later(
        run, resolve(run), worker="host:1", holder=uuid.uuid4(), aside=aside, now=clock.host_now, **given
    )


async def side_by_side(runs: list[Claimed], aside: ThreadPoolExecutor) -> list[Ending]:
    return await asyncio.gather(*(perform(run, aside) for run in runs))


def test_what_a_receiver_sets_its_task_finds_and_no_other(aside: ThreadPoolExecutor) -> None:
    threads = set()

    def mark(task_result: Any, **_: Any) -> None:
        threads.add(threading.get_ident())
        MARK.set(task_result.id)

    task_started.connect(mark)
    try:
        runs = [claimed("read_mark") for _ in range(5)]
        endings = asyncio.run(side_by_side(runs, aside))
    finally:
        task_started.disconnect(mark)
    assert [ending.result for ending in endings] == [str(run.run_id) for run in runs]
    assert MARK.get() == "nobody's"
    # A receiver may ask the database, which is forbidden on a loop's thread.
    assert threading.get_ident() not in threads


def test_it_counts_as_begun_before_the_first_line_of_the_task(aside: ThreadPoolExecutor) -> None:
    seen: list[str] = []
    task_started.connect(receiver := lambda **_: seen.append("told"))
    try:
        asyncio.run(perform(claimed("note_later", "x"), aside, begun=lambda: seen.append("begun")))
    finally:
        task_started.disconnect(receiver)
    assert seen == ["begun", "told"]


def test_to_be_cancelled_ends_the_task_and_nothing_around_it(aside: ThreadPoolExecutor) -> None:
    run = claimed("meet", "nobody comes", 2)

    async def cancelled() -> Ending:
        performing = asyncio.create_task(perform(run, aside))
        while not interrupt(run.run_id, RunCancelled("enough")):
            await asyncio.sleep(0.01)
        return await performing

    ending = asyncio.run(cancelled())
    assert (ending.outcome, ending.error) == (Outcome.CANCELLED, "enough")


def test_what_a_task_raises_is_its_ending(aside: ThreadPoolExecutor) -> None:
    ending = asyncio.run(perform(claimed("too_long_later", "x"), aside))
    assert (ending.outcome, ending.error_class) == (Outcome.TIMED_OUT, "rota.exceptions.SoftTimeout")


async def thread_of(seat: Seat) -> int:
    async with seat.taken():
        return await sync_to_async(threading.get_ident)()


def test_each_seat_has_a_thread_of_its_own_and_keeps_it() -> None:
    async def ask() -> list[int]:
        one, other = Seat(), Seat()
        found = [await thread_of(one), await thread_of(one), await thread_of(other)]
        one.leave()
        other.leave()
        return found

    first, again, other = asyncio.run(ask())
    assert first == again != other


def test_a_thread_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "TIDY_WITHIN", 0.05)
    let_go, blocked = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        let_go.wait()

    async def ask() -> tuple[int, int]:
        seat = Seat()
        before = await thread_of(seat)

        async def stuck() -> None:
            async with seat.taken():
                await sync_to_async(block)()

        task = asyncio.create_task(stuck())
        while not blocked.is_set():
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        after = await thread_of(seat)
        let_go.set()
        seat.leave()
        return before, after

    before, after = asyncio.run(ask())
    assert before != after
