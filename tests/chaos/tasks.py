"""What the killed workers were doing: each line of a witness file is written before anything else can happen."""

from __future__ import annotations

import os
from pathlib import Path

from rota.compat import task
from rota.execution.context import current_run


@task
def witnessed(number: int) -> int:
    """Say that it began, do very little, say that it ended."""
    run = current_run()
    assert run is not None
    write("START", f"{run.id} {run.attempt}")
    total = sum(range(number * 100))
    write("END", f"{run.id} {run.attempt}")
    return total


def write(what: str, text: str) -> None:
    """One line, one write: whatever kills the process, the line is there or it is not."""
    path = Path(os.environ["ROTA_WITNESS"]) / f"{os.getpid()}.log"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what} {text}\n".encode())
    os.close(handle)
