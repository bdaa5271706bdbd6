"""End a process with everything that it has started, by the means that the platform has.

POSIX has process groups: each child leads one of its own. Windows has job objects (`job.py`). What left the group, and
everything where neither is to be had, is found by asking the system who was started by whom.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import psutil

from rota.processes.job import Job

log = logging.getLogger("rota")


class Tree:
    """The child `pid` and all below it. Made by its parent, right after it was started."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._job = _job(pid) if sys.platform == "win32" else None
        self.known: list[psutil.Process] = []
        """What was last seen below it: whoever has lost its parent can no longer be found."""

    def kill(self) -> None:
        """End all of it at once; the child itself must not have been waited for."""
        found = {process.pid: process for process in (*self.known, *below(self._pid))}
        if leads_a_group(self._pid):
            _kill_group(self._pid)
        end(found.values())
        if self._job is not None:
            self._job.close()

    def clear(self) -> None:
        """End what a child that has been waited for left behind."""
        # While anything of the group lives, its number is given to nobody else.
        if hasattr(os, "killpg") and not psutil.pid_exists(self._pid):
            _kill_group(self._pid)
        end(self.known)
        if self._job is not None:
            self._job.close()


def _job(pid: int) -> Job | None:
    try:
        return Job(pid)
    except OSError as error:
        log.warning("%s: what it starts is looked for when it ends.", error)
        return None


def below(pid: int) -> list[psutil.Process]:
    """The processes that this one has started, and theirs."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def families(pids: Collection[int]) -> dict[int, list[psutil.Process]]:
    """What is below each of these, from one look at all processes of the host."""
    children: defaultdict[int, list[psutil.Process]] = defaultdict(list)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            children[process.ppid()].append(process)
    return {pid: _descend(pid, children) for pid in pids}


def _descend(pid: int, children: Mapping[int, list[psutil.Process]]) -> list[psutil.Process]:
    found = list(children.get(pid, ()))
    for process in found:  # grows while it is walked
        found += children.get(process.pid, ())
    return found


def end(processes: Iterable[psutil.Process]) -> None:
    """Kill these; psutil makes sure that a number has not been given to another process meanwhile."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def end_below_me() -> None:
    """In a child that must end: kill what it has started, and at last its group, itself included."""
    end(below(os.getpid()))
    if leads_a_group(os.getpid()):
        _kill_group(os.getpid())


def leads_a_group(pid: int) -> bool:
    """Whether the process has a group of its own, as a child has once it has made its session."""
    if not hasattr(os, "killpg"):
        return False
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return False


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
