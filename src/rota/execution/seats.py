"""Where the sync parts of async tasks run: each slot of an event loop has a thread, and so connections, of its own.

Without this every `sync_to_async` of every coroutine would share one thread and its connections: one slow query would
hold up all tasks, and a transaction that one of them left open would be everybody's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import Executor

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

from rota.execution.hygiene import clean_connections

TIDY_WITHIN = 1.0
"""Seconds for the thread to be free again: a task that was cancelled may have left a blocking call in it."""


class Seat:
    """The thread comes with the first call that needs it, and stays for the next task."""

    def __init__(self) -> None:
        self._context = ThreadSensitiveContext()

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Inside, `sync_to_async` and the async ORM use this seat's thread; its connections are left clean."""
        token = SyncToAsync.thread_sensitive_context.set(self._context)
        try:
            yield
        finally:
            SyncToAsync.thread_sensitive_context.reset(token)
            if (thread := self._thread()) is not None:
                await self._tidy(thread)

    def leave(self) -> None:
        """No task will sit here any more; does not wait for a thread that hangs."""
        if (thread := self._thread()) is not None:
            thread.shutdown(wait=False)

    def _thread(self) -> Executor | None:
        return SyncToAsync.context_to_thread_executor.get(self._context)

    async def _tidy(self, thread: Executor) -> None:
        future = asyncio.get_running_loop().run_in_executor(thread, _tidy)
        done, _ = await asyncio.wait([future], timeout=TIDY_WITHIN)
        if not done:
            thread.shutdown(wait=False)
            self._context = ThreadSensitiveContext()


def _tidy() -> None:
    with clean_connections():
        pass
