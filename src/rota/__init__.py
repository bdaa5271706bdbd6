"""rota: scheduled and background tasks for Django that never silently miss a run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rota import tasks
    from rota.decorators import command, enqueue_many, schedule, scheduled, task
    from rota.execution.context import current_run
    from rota.policies import retry
    from rota.timing import at, cron, every

__all__ = [
    "at", "command", "cron", "current_run", "enqueue_many", "every", "retry", "schedule", "scheduled", "task", "tasks",
]  # fmt: skip

_HOMES = {
    **dict.fromkeys(("at", "cron", "every"), "rota.timing"),
    **dict.fromkeys(("command", "enqueue_many", "schedule", "scheduled", "task"), "rota.decorators"),
    "current_run": "rota.execution.context",
    "retry": "rota.policies",
}


def __getattr__(name: str) -> Any:
    """Import each public name when it is first asked for: `import rota` needs no settings, no apps, no Django."""
    if name == "tasks":
        return import_module("rota.tasks")
    if name not in _HOMES:
        raise AttributeError(f"module 'rota' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
