"""Tasks that say when they began."""

from __future__ import annotations

import time

from rota.compat import task


@task
def begun_at() -> float:
    """The host's time at the first line."""
    return time.time()
