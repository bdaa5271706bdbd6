"""The task that is measured: nothing, with one argument."""

from __future__ import annotations

from rota.compat import task


@task
def nothing(text: str) -> None:
    """Take an argument, do nothing."""
