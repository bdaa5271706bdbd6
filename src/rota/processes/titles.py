"""Names that `ps` and a task manager show, where the package setproctitle is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec


def entitle(role: str) -> None:
    """Call this process `rota supervisor`, `rota scheduler` or `rota worker`."""
    if find_spec("setproctitle") is not None:
        import_module("setproctitle").setproctitle(f"rota {role}")
