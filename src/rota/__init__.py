"""rota: scheduled and background tasks for Django that never silently miss a run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rota import tasks
    from rota.actions.from_code import cancel
    from rota.decorators import command, enqueue, enqueue_many, schedule, scheduled, task
    from rota.execution.batch import batch, batch_of
    from rota.execution.context import current_run
    from rota.execution.once import fenced, once
    from rota.execution.progress import progress, track
    from rota.policies import limit, retry
    from rota.timing import at, cron, every

__all__ = [
    "at", "batch", "batch_of", "cancel", "command", "cron", "current_run", "enqueue", "enqueue_many", "every",
    "fenced", "limit", "once", "progress", "retry", "schedule", "scheduled", "task", "tasks", "track",
]  # fmt: skip

_HOMES = {
    **dict.fromkeys(("at", "cron", "every"), "rota.timing"),
    **dict.fromkeys(
        ("command", "enqueue", "enqueue_many", "schedule", "scheduled", "task"), "rota.decorators"
    ),
    "cancel": "rota.actions.from_code",
    "current_run": "rota.execution.context",
    **dict.fromkeys(("batch", "batch_of"), "rota.execution.batch"),
    **dict.fromkeys(("fenced", "once"), "rota.execution.once"),
    **dict.fromkeys(("progress", "track"), "rota.execution.progress"),
    **dict.fromkeys(("limit", "retry"), "rota.policies"),
}


def __getattr__(name: str) -> Any:
    """Import each public name when it is first asked for: `import rota` needs no settings, no apps, no Django."""
    if name == "tasks":
        return import_module("rota.tasks")
    if name not in _HOMES:
        raise AttributeError(f"module 'rota' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
