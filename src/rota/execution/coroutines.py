"""Perform one attempt of an async task on an event loop that others share: as `perform`, with the call awaited.

What is not the task itself may block (signals, the database), so it runs aside, in a thread, but in the very context
in which the task runs: what a receiver of `task_started` sets there, the task finds.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime
from typing import TypeVar

from rota.compat import AnyTask
from rota.execution.calling import call_later
from rota.execution.context import being
from rota.execution.hygiene import clean_connections
from rota.execution.perform import Performance, begin, called, current_of, end, ending_of
from rota.execution.seats import Seat
from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending

T = TypeVar("T")


async def perform_later(
    claimed: Claimed,
    task: AnyTask,
    *,
    worker: str,
    holder: uuid.UUID,
    aside: Executor,
    seat: Seat,
    now: Callable[[], datetime],
    begun: Callable[[], None],
    roll: Callable[[], float] = random.random,
) -> Ending:
    """What `perform` returns. The task's own connections are those of the `seat`; `begun` is called in a thread."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    def in_its_place(step: Callable[[], T]) -> T:
        with clean_connections(), being(current_of(claimed)):
            return step()

    async def blocking(step: Callable[[], T]) -> T:
        return await loop.run_in_executor(aside, context.run, in_its_place, step)

    performance = await blocking(lambda: begin(claimed, task, now(), str(holder), begun))
    # A task of its own: to cancel it is to cancel user code alone, never what stores the outcome.
    await loop.create_task(_call(performance, seat), context=context)
    await blocking(lambda: end(performance, roll))
    return ending_of(performance, worker, holder)


async def _call(performance: Performance, seat: Seat) -> None:
    with being(current_of(performance.claimed)), called(performance):
        async with seat.taken():
            performance.value = await call_later(performance.task, performance.claimed, performance.result)
