"""Tasks that can be stopped at a step of their way, and tasks that die of themselves."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from rota.compat import AnyResult, task, task_finished
from rota.execution.context import current_run
from tests.faults.held import stand
from tests.project.work_tasks import witness

NATIVE = ctypes.PyDLL(None)
"""Calls through it keep the interpreter's lock: no other thread of the process gets on."""
_PR_SET_PDEATHSIG = 1


@task
def body(text: str) -> str:
    """Stands still in its body."""
    witness(f"{text} START")
    stand("body", text)
    witness(f"{text} END")
    return text


@task
def ended(text: str) -> str:
    """Has had its effects and stands still before anybody knows."""
    witness(f"{text} START")
    witness(f"{text} END")
    return text


def _stand_after(task_result: AnyResult, **_: Any) -> None:
    if task_result.task.func is ended.func:
        stand("ended", str(task_result.args[0]))


task_finished.connect(_stand_after)


@task
def note(text: str) -> str:
    """Says that it ran."""
    witness(f"{text} START")
    return text


@task
def nap(seconds: float, text: str) -> str:
    """Sleeps."""
    witness(f"{text} START")
    time.sleep(seconds)
    witness(f"{text} END")
    return text


@task
def keep_the_lock(seconds: int, text: str) -> str:
    """Keeps the interpreter's lock in native code: not one other thread of this process runs."""
    witness(f"{text} START")
    NATIVE.sleep(seconds)
    witness(f"{text} END")
    return text


@task
def outlive_the_parent(seconds: int, text: str) -> str:
    """Will not die with its parent, and hears of nothing while it works."""
    NATIVE.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)
    return keep_the_lock.func(seconds, text)


@task
def spin(text: str) -> None:
    """Never ends."""
    witness(f"{text} START")
    while True:
        pass


@task
def read_for_ever(text: str) -> None:
    """Waits for what nobody will write."""
    reading, _ = os.pipe()
    witness(f"{text} START")
    os.read(reading, 1)


@task
def trap_everything(text: str) -> None:
    """Ignores every signal that can be ignored, and every exception."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    witness(f"{text} START")
    while True:
        try:
            time.sleep(60)
        except BaseException as error:
            witness(f"{text} swallowed {type(error).__name__}")


@task
def brood(count: int, text: str) -> None:
    """Forks children and a grandchild, and waits."""
    for _ in range(count):
        if os.fork() == 0:
            if os.fork() == 0:
                witness(f"{text} GRANDCHILD {os.getpid()}")
                time.sleep(120)
            witness(f"{text} CHILD {os.getpid()}")
            time.sleep(120)
    witness(f"{text} START")
    time.sleep(120)


@task
def return_twice(text: str) -> str:
    """Forks, and both return."""
    os.fork()
    witness(f"{text} {os.getpid()}")
    return text


@task
def eat(text: str) -> int:
    """More memory than it may have."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**31, before[1]))
    try:
        return len(bytearray(2**33))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@task
def die(how: str, text: str) -> None:
    """Ends its process in the middle of its body."""
    witness(f"{text} START")
    ways = {
        "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "group": lambda: os.kill(0, signal.SIGKILL),
        "segfault": lambda: ctypes.string_at(0),
        "abort": os.abort,
        "_exit": lambda: os._exit(0),
        "host": lambda: (os.kill(os.getppid(), signal.SIGKILL), time.sleep(60)),
    }
    ways[how]()


@task
def leave(how: str, text: str) -> None:
    """Leaves by what is no Exception, or looks like an orderly end."""
    witness(f"{text} START")
    if how == "sys.exit":
        sys.exit()
    if how == "sys.exit 0":
        sys.exit(0)
    raise {
        "SystemExit": SystemExit, "KeyboardInterrupt": KeyboardInterrupt, "GeneratorExit": GeneratorExit,
        "StopIteration": StopIteration, "CancelledError": asyncio.CancelledError,
    }[how](how)  # fmt: skip


@task
async def leave_later(how: str, text: str) -> None:
    """The same, as a coroutine."""
    await asyncio.sleep(0)
    leave.func(how, text)


@task
def fail_first(text: str) -> str:
    """Stands still, and who came first then fails."""
    run = current_run()
    assert run is not None
    first = not (_folder() / f"{text}.begun").exists()
    (_folder() / f"{text}.begun").touch()
    witness(f"{text} START")
    if first:
        stand("late", text)
        raise RuntimeError("the loser says that it failed")
    stand("winner", text)
    return text


@task
def inherited() -> dict[str, list[str]]:
    """The sockets of this process and of its supervisor."""
    return {"mine": _sockets(os.getpid()), "supervisor": _sockets(os.getppid())}


def _sockets(pid: int) -> list[str]:
    links = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            links.append(str(handle.readlink()))
    return sorted(link for link in links if link.startswith("socket:"))


def _folder() -> Path:
    return Path(os.environ["ROTA_WITNESS"])
