"""Tasks that stop what is not theirs to stop: their own asyncio task, the event loop, the process."""

from __future__ import annotations

import asyncio
import logging
import os

from rota.compat import task
from rota.execution.context import current_run

log = logging.getLogger("project.stop")


@task
async def cancels_itself(awaits: bool) -> int:
    """Cancels the asyncio task that it runs in, and ends without seeing it, or not."""
    current = asyncio.current_task()
    assert current is not None
    current.cancel()
    if awaits:
        await asyncio.sleep(0)
    return 1


@task
async def exits_in_a_part() -> str:
    """What it starts beside itself exits, in its first attempt only."""

    async def part() -> None:
        raise SystemExit(3)

    run = current_run()
    if run and run.attempt == 1:
        await asyncio.gather(asyncio.create_task(part()), asyncio.sleep(60))
    return "done"


@task
def exits_at(number: int, last: int) -> None:
    """Ends the process at the last of many short runs."""
    if number == last:
        os._exit(9)


@task
def forks() -> None:
    """Leaves its function twice, once in a process of its own."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
