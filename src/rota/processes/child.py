"""The first lines of every child process: it must not outlive its parent, and needs Django before anything else."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import django

from rota.processes.spec import SCHEDULER, WORKER, Spec
from rota.processes.titles import entitle

BROKEN = 78
"""Exit status of a child that cannot start."""
_HOMES = {WORKER: "rota.processes.worker", SCHEDULER: "rota.processes.scheduler"}
_PR_SET_PDEATHSIG = 1


def main(spec: Spec, pipe: Connection, memory: Any) -> None:
    """Where a spawned process begins. Ends the process."""
    _leave_the_terminal()
    _die_with(spec.parent_pid)
    entitle(spec.role)
    try:
        django.setup()
        home = import_module(_HOMES[spec.role])
        home.prepare(spec)
    except BaseException:  # noqa: BLE001 - the supervisor shows it
        pipe.send(("broken", traceback.format_exc()))
        sys.exit(BROKEN)
    pipe.send(("ready",))
    sys.exit(home.main(spec, pipe, memory))


def _leave_the_terminal() -> None:
    """A session of its own: Ctrl-C reaches the supervisor alone, and what a task forks can be ended with it."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):
            os.setsid()
    for name in ("SIGINT", "SIGBREAK", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _die_with(parent: int) -> None:
    """On Linux the kernel sees to it; elsewhere the end of the pipe does (`ear.py`)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(BROKEN)
