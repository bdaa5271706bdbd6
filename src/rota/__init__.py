"""rota: scheduled and background tasks for Django that never silently miss a run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rota.decorators import command, enqueue_many, schedule, scheduled, task
    from rota.policies import retry
    from rota.timing import at, cron, every

__all__ = ["at", "command", "cron", "enqueue_many", "every", "retry", "schedule", "scheduled", "task"]

_HOMES = dict.fromkeys(("at", "cron", "every"), "rota.timing") | {"retry": "rota.policies"}


def __getattr__(name: str) -> Any:
    """Import each public name when it is first asked for, so that `import rota` needs no settings and no apps."""
    if name not in __all__:
        raise AttributeError(f"module 'rota' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "rota.decorators")), name)
