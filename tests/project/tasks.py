"""Tasks of the test project, as a user would write them. Tests share them: add, never remove."""

from __future__ import annotations

from datetime import date
from typing import Any

import rota
from rota.compat import TaskContext, task


@task
def add(a: int, b: int) -> int:
    """Add two numbers.

    The second paragraph is no part of a description.
    """
    return a + b


@task
async def add_later(a: int, b: int) -> int:
    """An async task."""
    return a + b


@task(takes_context=True)
def whoami(context: TaskContext[Any, Any], suffix: str = "") -> str:
    """A task that is told of its own run."""
    return f"{context.task_result.id}{suffix}"


@task(priority=10)
def urgent() -> None:
    """A task with a priority of its own."""


@task
def take_all(*args: Any, **kwargs: Any) -> list[Any]:
    """Return whatever it was given."""
    return [list(args), kwargs]


@task
def report(day: date, days_to_keep: int = 7, tags: list[str] | None = None, ratio: float = 1.0) -> str:
    """A task with annotations."""
    return f"{day} {days_to_keep} {tags} {ratio}"


@task
def fail(message: str = "failed on purpose") -> None:
    """Raises ValueError."""
    raise ValueError(message)


@rota.task(retry=rota.retry(attempts=3, first_wait=30, on=(ValueError,)), timeout=60, priority=5)
def fragile() -> None:
    """A task with terms of its own."""
    raise ValueError("failed on purpose")


@rota.task(at_most_once=True)
def pay(amount: int) -> int:
    """A task that may begin at most once."""
    return amount


@rota.task
def plain() -> None:
    """`rota.task` without arguments."""
