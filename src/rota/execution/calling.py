"""Call the function of a task, sync or async, within its soft timeout."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from decimal import localcontext
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import async_to_sync

from rota.compat import AnyResult, AnyTask, TaskContext
from rota.execution import surroundings
from rota.execution.forks import only_the_original
from rota.execution.timeouts import AsyncAlarm, alarm_for, known_as, within
from rota.ledger.claim import Claimed


def call(task: AnyTask, claimed: Claimed, result: AnyResult | None) -> Any:
    """What the function returns; raises what it raises, whatever that is.

    The language, time zone or decimal precision that it set holds until its end.
    """
    try:
        return copy_context().run(_call_apart, task, claimed, result)
    finally:
        surroundings.put_back(claimed.task_path)


def _call_apart(task: AnyTask, claimed: Claimed, result: AnyResult | None) -> Any:
    # The copy of a context shares what it holds, and decimal's is changed in place.
    with localcontext():
        return _call(task, claimed, result)


def _call(task: AnyTask, claimed: Claimed, result: AnyResult | None) -> Any:
    if is_async(task):
        return async_to_sync(call_later)(task, claimed, result)
    args, alarm = _args(task, claimed, result), alarm_for(claimed.terms.soft_timeout)
    with known_as(claimed.run_id, alarm), only_the_original():
        return within(alarm, lambda: task.call(*args, **claimed.kwargs))


def is_async(task: AnyTask) -> bool:
    """Whether the task's function is a coroutine function."""
    return _is_async(task.func)


_is_async = lru_cache(maxsize=10_000)(iscoroutinefunction)


async def call_later(task: AnyTask, claimed: Claimed, result: AnyResult | None) -> Any:
    """The same for an async task, on the running loop. To be awaited in an asyncio task of its own."""
    alarm = AsyncAlarm(claimed.terms.soft_timeout)
    with known_as(claimed.run_id, alarm):
        return await _awaited(alarm, task, _args(task, claimed, result), claimed.kwargs)


def _args(task: AnyTask, claimed: Claimed, result: AnyResult | None) -> list[Any]:
    if result is None or not task.takes_context:
        return claimed.args
    return [TaskContext(task_result=result), *claimed.args]


async def _awaited(alarm: AsyncAlarm, task: AnyTask, args: list[Any], kwargs: dict[str, Any]) -> Any:
    alarm.arm()
    try:
        with only_the_original():
            return await task.func(*args, **kwargs)
    except asyncio.CancelledError:
        if alarm.reason is None:
            raise
        raise alarm.reason from None
    finally:
        alarm.disarm()
