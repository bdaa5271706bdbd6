"""Performs async tasks side by side on one event loop, and sync ones in a few threads beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import Error

from rota import clock
from rota.compat import AnyTask
from rota.execution.calling import is_async
from rota.execution.coroutines import perform_later
from rota.execution.perform import UnknownTask, resolve
from rota.execution.seats import Seat
from rota.ledger.claim import Claimed
from rota.processes.executor import Executor, vital

ASIDE = 2
"""Threads for what surrounds an async task: signals, outcomes. Short work, so few are enough."""


class LoopExecutor(Executor):
    """The loop runs in the calling thread and never waits for anything but the tasks."""

    def work_on_a_loop(self, slots: int, sync_threads: int, stopping: Callable[[], bool]) -> None:
        """Perform what comes, until there will be no more."""
        self._free = list(range(slots))
        self._room = threading.Semaphore(slots)
        self._seats = [Seat() for _ in range(slots)]
        self._stopping = stopping
        self._sync = ThreadPoolExecutor(sync_threads, thread_name_prefix="rota-task")
        self._aside = ThreadPoolExecutor(ASIDE, thread_name_prefix="rota-aside")
        # What breaks the loop ends the process before the loop's own end cancels the neighbours: so they are lost, and
        # made up for, and not failed.
        with self._sync, self._aside, asyncio.Runner() as runner, vital():
            runner.run(self._serve())

    async def _serve(self) -> None:
        """A thread of its own waits for runs; the loop is told of each."""
        loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        over = asyncio.Event()

        def start(claimed: Claimed) -> None:
            task = loop.create_task(self._in_a_slot(claimed))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        def feed() -> None:
            # A slot first: what is taken from the tray is ours, and could no longer be given back while it waits.
            while self._room.acquire() and (claimed := self._tray.take()) is not None:
                loop.call_soon_threadsafe(start, claimed)
            loop.call_soon_threadsafe(over.set)

        threading.Thread(target=feed, name="rota-feeder", daemon=True).start()
        await over.wait()
        await asyncio.gather(*tasks)
        for seat in self._seats:
            seat.leave()

    async def _in_a_slot(self, claimed: Claimed) -> None:
        number = self._free.pop()
        with vital():
            await self._perform_later(claimed, number)
        self._free.append(number)
        self._room.release()
        # The feeder may be waiting already, and says so to the carrier only when it begins to.
        self._tray.tell()

    async def _perform_later(self, claimed: Claimed, number: int) -> None:
        try:
            task = resolve(claimed)
        except UnknownTask as error:
            self.refuse(claimed, number, error)
            return
        if is_async(task):
            await self._perform_on_the_loop(claimed, task, number)
        else:
            await asyncio.get_running_loop().run_in_executor(
                self._sync, self._perform_in_a_thread, claimed, number
            )

    def _perform_in_a_thread(self, claimed: Claimed, number: int) -> None:
        if self._stopping():  # it has waited for a thread, and has not begun
            self._tray.refuse(claimed, unknown=False)
        else:
            self.perform(claimed, number)

    async def _perform_on_the_loop(self, claimed: Claimed, task: AnyTask, number: int) -> None:
        began, started_at = clock.elapsed(), self._time.now()
        begun = threading.Event()

        def begin() -> None:
            self.begin(claimed, number)
            begun.set()

        try:
            ending = await perform_later(
                claimed, task, worker=self._name, holder=self._spec.id, aside=self._aside, seat=self._seats[number],
                now=self._time.now, begun=begin,
            )  # fmt: skip
        # A fault of ours, or a task that cancelled itself: the run must end all the same, and its neighbours go on.
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            if not begun.is_set() and isinstance(error, Error):
                self.refuse(claimed, number, error)
                return
            ending = self.failed_by_us(claimed, started_at, error)
        await asyncio.get_running_loop().run_in_executor(
            self._aside, self.finish, ending, number, clock.elapsed() - began
        )
