"""Where rota's own tasks live: a project may have renamed its queues, or have another backend as its default one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from rota import compat
from rota.compat import Task, task_backends
from rota.schedules import known

P = ParamSpec("P")
R = TypeVar("R")


def home() -> tuple[str, str]:
    """The alias of the first backend of ours in TASKS, and its queue `default`, or its first one by name."""
    for alias in task_backends:
        backend = task_backends[alias]
        if hasattr(backend, "enqueue_many"):
            named = sorted(backend.queues - {"default"})
            return alias, named[0] if named and "default" not in backend.queues else "default"
    return "default", "default"


def builtin(function: Callable[P, R]) -> Task[P, R]:
    """`@task` for rota's own tasks: valid in every project that has a backend of ours."""
    backend, queue_name = home()
    made: Task[P, R] = compat.task(backend=backend, queue_name=queue_name)(function)
    known.register_task(made)
    return made
