"""Tasks that are run in batches, and what follows them."""

from __future__ import annotations

import os
import signal

import rota
from rota.compat import task
from tests.project.work_tasks import witness


@task
def piece(number: int) -> int:
    """One of many; those below zero fail."""
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


@task
def spreads(levels: int) -> None:
    """Puts two more into its own batch, down to level zero."""
    assert rota.current_run().batch_id == rota.batch_of().id
    if levels:
        rota.batch_of().enqueue_many(spreads, [(levels - 1,), {"levels": levels - 1}])


@task
def close(batch_id: str) -> dict[str, int]:
    """What follows: returns how the runs stand."""
    found = rota.batch_of(batch_id)
    witness(f"closed {found.name}")
    return found.progress.counts


@task
def cheer(batch_id: str) -> None:
    """Follows a batch in which all went well."""


@task
def mend(batch_id: str) -> list[str]:
    """Follows a batch in which something failed."""
    return [str(run.pk) for run in rota.batch_of(batch_id).unsuccessful]


@task
def takes_nothing() -> None:
    """Cannot follow a batch."""


@task
def dies(number: int) -> int:
    """Kills its process at the first attempt."""
    if rota.current_run().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
