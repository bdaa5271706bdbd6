"""A child's thread that listens to the supervisor. The end of the pipe is the end of the child."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

from rota.processes.tree import end_below_me

ORPHANED = 70


def listen(pipe: Connection, verbs: Mapping[str, Callable[..., Any]]) -> threading.Thread:
    """Call `verbs[name](*values)` for each message `(name, *values)`, in a thread of its own."""
    thread = threading.Thread(target=_listen, args=(pipe, verbs), name="rota-ear", daemon=True)
    thread.start()
    return thread


def _listen(pipe: Connection, verbs: Mapping[str, Callable[..., Any]]) -> None:
    while True:
        try:
            name, *values = pipe.recv()
        except (EOFError, OSError):
            _end()
        verbs[name](*values)


def _end() -> None:
    """Nobody watches any more: end at once, with everything that a task has started."""
    end_below_me()
    os._exit(ORPHANED)
