"""Tasks that real workers perform in the tests. What happened is read from witness files, not from the product.

Each line of a witness file is one `os.write`, so that it is there even if the process dies right after it.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection

import rota
from rota.compat import TaskContext, task
from rota.exceptions import SoftTimeout
from rota.execution.context import current_run

log = logging.getLogger("project.work")


def witness(text: str) -> None:
    """Add one line to the witness file of this process."""
    path = Path(os.environ["ROTA_WITNESS"]) / f"{os.getpid()}.log"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, f"{text}\n".encode())
    finally:
        os.close(handle)


@task
def note(text: str) -> str:
    """Say that it ran."""
    witness(text)
    return text


@task
async def note_later(text: str) -> str:
    """The same, as a coroutine."""
    await asyncio.sleep(0)
    log.info("said later")
    witness(text)
    return text


@task
def who() -> int:
    """Which process performs it."""
    return os.getpid()


@task(takes_context=True)
def attempt(context: TaskContext[Any, Any]) -> int:
    """Which attempt this is."""
    return context.attempt


@rota.task(retry=rota.retry(attempts=3, first_wait=0.05, jitter=0))
def third_time_lucky(text: str) -> int:
    """Fails twice."""
    run = current_run()
    assert run is not None
    witness(f"{text} {run.attempt}")
    log.info("this is attempt %s", run.attempt)
    if run.attempt < 3:
        raise ConnectionError(f"attempt {run.attempt} fails")
    return run.attempt


@task
def fail(text: str) -> None:
    """Fails."""
    log.warning("about to fail")
    raise ValueError(text)


@task
def leave(how: str) -> None:
    """Raise what is no Exception."""
    raise {"exit": SystemExit, "interrupt": KeyboardInterrupt, "generator": GeneratorExit}[how](how)


@task
def sleep(seconds: float, text: str = "slept") -> None:
    """Say START, sleep, say END."""
    witness(f"{text} START")
    time.sleep(seconds)
    witness(f"{text} END")


@rota.task(timeout=0.2, hard_timeout=30)
def too_long(text: str) -> None:
    """Sleeps past its soft timeout."""
    witness(f"{text} START")
    time.sleep(60)


@rota.task(timeout=0.2, hard_timeout=30)
def too_long_in_steps(text: str) -> None:
    """Works past its soft timeout without a long blocking call."""
    for _ in range(3000):
        time.sleep(0.01)


@rota.task(timeout=0.2, hard_timeout=30)
def tidies_up(text: str) -> str:
    """Sees its soft timeout and ends well."""
    try:
        time.sleep(60)
    except SoftTimeout:
        witness(f"{text} tidied")
    return "tidied"


@rota.task(timeout=0.2, hard_timeout=30)
async def too_long_later(text: str) -> None:
    """Awaits past its soft timeout."""
    witness(f"{text} START")
    await asyncio.sleep(60)


@rota.task(hard_timeout=0.5)
def deaf(text: str) -> None:
    """Ignores everything and runs for ever."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    witness(f"{text} START")
    threading.Event().wait()


@task
def stubborn(text: str) -> None:
    """Swallows what is raised in it."""
    witness(f"{text} START")
    while True:
        try:
            time.sleep(60)
        except Exception as error:
            witness(f"{text} swallowed {type(error).__name__}")


@task
def die(how: str, text: str) -> None:
    """End the process in the middle of the task."""
    witness(f"{text} START")
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "exit":
        os._exit(0)
    ctypes.string_at(0)


@task
def die_once(text: str) -> str:
    """Kills its process at the first attempt only."""
    run = current_run()
    assert run is not None
    witness(f"{text} START {run.attempt}")
    if run.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


@rota.task(at_most_once=True)
def die_and_stay_dead(text: str) -> None:
    """May not begin twice."""
    witness(f"{text} START")
    os.kill(os.getpid(), signal.SIGKILL)


@task
def fork_and_wait(text: str) -> None:
    """Starts a process of its own and waits for it."""
    pid = os.fork()
    if pid == 0:
        witness(f"{text} GRANDCHILD {os.getpid()}")
        time.sleep(60)
        os._exit(0)
    os.waitpid(pid, 0)


@task
def start_others(text: str) -> None:
    """Starts two processes, one of them in a session of its own, and waits for them."""
    code = [sys.executable, "-c", "import time; time.sleep(120)"]
    started = [subprocess.Popen(code), subprocess.Popen(code, start_new_session=True)]
    witness(f"{text} START")
    for one in started:
        one.wait()


@task
def leave_a_transaction(text: str) -> None:
    """Leaves a transaction open, with a row in it that must not be there afterwards."""
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES (%s)", [text])


@task
def chatter(lines: int) -> None:
    """Prints and logs a lot."""
    for number in range(lines):
        print(f"printed {number}")
        log.info("logged %s", number)
    sys.stdout.flush()


@task
def odd_result(kind: str) -> Any:
    """Returns what is no JSON, or JSON that databases refuse."""
    return {
        "set": {1, 2},
        "nul": "a\x00b",
        "surrogate": "\ud800",
        "nan": float("nan"),
        "huge": "x" * 3_000_000,
    }[kind]


@rota.task(retry=rota.retry(first_wait=60, jitter=0, on=[ConnectionError]))
def picky(kind: str) -> None:
    """Is tried again after errors of the network alone."""
    raise {"ConnectionResetError": ConnectionResetError, "ValueError": ValueError}[kind](kind)


class Silent(Exception):
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


def _deeper() -> None:
    _deeper()


@task
def odd_error(kind: str) -> None:
    """Raises what is hard to write down."""
    if kind == "silent":
        raise Silent
    if kind == "deep":
        _deeper()
    if kind == "group":
        raise ExceptionGroup("several", [ValueError(str(n)) for n in range(100)])
    raise ValueError({"huge": "x" * 1_000_000, "nul": "a\x00b\ud800"}[kind])


_ARRIVED: dict[str, int] = {}


@task
async def meet(name: str, number: int) -> str | None:
    """Ends when so many are here, in this process, at once. Says which of them it is only afterwards."""
    _ARRIVED[name] = _ARRIVED.get(name, 0) + 1
    mine = current_run()
    log.info("%s has arrived", mine and mine.id)
    while _ARRIVED[name] < number:
        await asyncio.sleep(0.01)
    print(f"{mine and mine.id} goes on")
    same = current_run()
    return str(same and same.id)


@task
async def wait_for_line(text: str) -> None:
    """Ends when some task has written this line."""
    folder = Path(os.environ["ROTA_WITNESS"])
    while not any(text in file.read_text().splitlines() for file in folder.glob("*.log")):
        await asyncio.sleep(0.01)


@task
async def count_groups() -> tuple[int, int]:
    """Asks the database, and says how many rows it sees and which thread asked."""
    return await sync_to_async(Group.objects.count)(), await sync_to_async(threading.get_ident)()


@task
async def leave_a_transaction_later(text: str) -> None:
    """As `leave_a_transaction`, from a coroutine."""
    await sync_to_async(leave_a_transaction.func)(text)


@rota.task(hard_timeout=1)
async def hog_the_loop(text: str) -> None:
    """Blocks the event loop, so that nothing soft can reach it."""
    witness(f"{text} START")
    await asyncio.sleep(0.3)
    threading.Event().wait()


@task
async def sleep_later(seconds: float, text: str) -> None:
    """Say START, sleep on the loop, say END; say so too when it is cancelled."""
    witness(f"{text} START")
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        witness(f"{text} CANCELLED")
        raise
    witness(f"{text} END")


@task
def patient(text: str) -> None:
    """Never ends in its first attempt, and at once in its second."""
    run = current_run()
    witness(f"{text} START")
    if run and run.attempt == 1:
        threading.Event().wait()


@task
async def patient_later(text: str) -> None:
    """The same, as a coroutine."""
    run = current_run()
    witness(f"{text} START")
    if run and run.attempt == 1:
        await asyncio.Event().wait()


@task
async def stubborn_later(text: str) -> None:
    """Swallows every cancellation."""
    witness(f"{text} START")
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            witness(f"{text} swallowed")


_KEPT: list[bytes] = []


@task
def leak(megabytes: int) -> int:
    """Keep memory for ever; says which process has it."""
    _KEPT.append(b"x" * (megabytes * 1024 * 1024))
    return os.getpid()


@task
def swell(megabytes: int, text: str, attempts: int = 99) -> str:
    """Take memory and never end; in its first attempts only."""
    run = current_run()
    witness(f"{text} START")
    if run and run.attempt > attempts:
        return "slim"
    _KEPT.append(b"x" * (megabytes * 1024 * 1024))
    threading.Event().wait()
    return "never"


@task
def swell_elsewhere(megabytes: int, text: str) -> None:
    """Let a process in a session of its own take the memory."""
    code = f"import time; held = b'x' * ({megabytes} * 1024 * 1024); time.sleep(120)"
    started = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    witness(f"{text} STARTED {started.pid}")
    started.wait()


@task
def tells(lines: int, wait: float = 0.0) -> None:
    """Tells its progress and logs, then waits."""
    for number in rota.track(range(lines), text="counting"):
        log.info("counted %s", number)
    witness("told")
    time.sleep(wait)


@task
def tells_and_dies(lines: int) -> None:
    """Tells its progress, waits until somebody has seen it, and kills its process."""
    tells.call(lines)
    seen = Path(os.environ["ROTA_WITNESS"]) / "seen"
    while not seen.exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)


@task
async def tells_later(how: str) -> None:
    """Tells its progress on an event loop, or from the thread of `sync_to_async`."""

    async def numbers() -> Any:
        for number in range(3):
            yield number

    if how == "thread":
        await sync_to_async(rota.progress)(3, 4, "in a thread")
        return
    async for _ in rota.track(numbers(), total=3, text="later"):
        await asyncio.sleep(0)


MARK: ContextVar[str] = ContextVar("mark", default="nobody's")


@task
async def read_mark() -> str:
    """What was set before it began, seen after others had their turn."""
    await asyncio.sleep(0)
    mine = MARK.get()
    MARK.set("changed by a task")
    return mine
