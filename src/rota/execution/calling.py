"""Call the function of a task, sync or async, within its soft timeout."""

from __future__ import annotations

import asyncio
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync

from rota.compat import AnyResult, AnyTask, TaskContext
from rota.execution.timeouts import AsyncAlarm, alarm_for, known_as, within
from rota.ledger.claim import Claimed


def call(task: AnyTask, claimed: Claimed, result: AnyResult) -> Any:
    """What the function returns; raises what it raises, whatever that is."""
    args = [TaskContext(task_result=result), *claimed.args] if task.takes_context else claimed.args
    limit = claimed.terms.soft_timeout
    if iscoroutinefunction(task.func):
        cancelling = AsyncAlarm(limit)
        with known_as(claimed.run_id, cancelling):
            return async_to_sync(_awaited)(cancelling, task, args, claimed.kwargs)
    alarm = alarm_for(limit)
    with known_as(claimed.run_id, alarm):
        return within(alarm, lambda: task.call(*args, **claimed.kwargs))


async def _awaited(alarm: AsyncAlarm, task: AnyTask, args: list[Any], kwargs: dict[str, Any]) -> Any:
    alarm.arm()
    try:
        return await task.func(*args, **kwargs)
    except asyncio.CancelledError:
        if alarm.reason is None:
            raise
        raise alarm.reason from None
    finally:
        alarm.disarm()
