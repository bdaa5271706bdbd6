"""Tasks whose effects must stay once: groups are their work in the database, witness files what they saw."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import connection, transaction

import rota
from rota.compat import task
from rota.exceptions import AttemptLost
from tests.project.work_tasks import witness


def wait_for(name: str) -> None:
    """Until the test, or another run, has made this file beside the witnesses."""
    path = Path(os.environ["ROTA_WITNESS"]) / name
    while not path.exists():
        time.sleep(0.01)


def say(name: str) -> None:
    """Make that file."""
    (Path(os.environ["ROTA_WITNESS"]) / name).touch()


def work(text: str) -> None:
    """A row that says which process made it."""
    Group.objects.create(name=f"{text} by {os.getpid()}")


@task
def fenced(text: str, inside: bool) -> None:
    """Works in a fenced block; waits for the file `go`, before it or in it."""
    witness(f"{text} START")
    try:
        if not inside:
            wait_for("go")
        with rota.fenced():
            work(text)
            if inside:
                witness(f"{text} INSIDE {os.getpid()}")
                wait_for("go")
    except AttemptLost:
        witness(f"{text} LOST {os.getpid()}")
        raise


@task
def once(text: str, inside: bool) -> None:
    """The same, with a mark. It waits in its first process only: the one that takes over goes on."""
    witness(f"{text} START")
    try:
        if not inside:
            wait_for("go")
        with rota.once(text) as first:
            witness(f"{text} first={first}")
            if first:
                work(text)
            if inside:
                wait_for("go")
    except AttemptLost:
        witness(f"{text} LOST {os.getpid()}")
        raise


@task
def killed(text: str, when: str) -> None:
    """Dies at its first attempt, right before or right after the commit of its block."""
    run = rota.current_run()
    if run.attempt == 1 and when == "before":
        connection.commit = lambda: os.kill(os.getpid(), signal.SIGKILL)
    with rota.once(text) as first:
        witness(f"{text} first={first}")
        if first:
            work(text)
    if run.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@task
def race(text: str, name: str, other: str) -> bool:
    """Is in its block until another run with the same key has begun."""
    say(f"{name} began")
    with rota.once(text) as first:
        if first:
            wait_for(f"{other} began")
            work(text)
    return first


@task
def charge(key: str, amount: int) -> dict[str, int]:
    """Returns what was returned the first time."""
    return rota.once(key, lambda: {"amount": amount})


@task
def marks_and_fails(key: str) -> None:
    """Its work is rolled back with its mark."""
    with rota.once(key) as first:
        witness(f"first={first}")
        work(key)
        raise ValueError("no")


@task
def loses_its_run(text: str) -> None:
    """Its run is taken over while it works."""
    from rota.models import Run

    with rota.fenced():
        work(text)
        Run.objects.filter(pk=rota.current_run().id).update(token=1)


@task
def in_a_transaction(key: str) -> None:
    """Opens its own transaction first."""
    with transaction.atomic(), rota.once(key):
        work(key)


@task
async def in_a_coroutine(key: str) -> None:
    """Forgets that a transaction is not for coroutines."""
    with rota.once(key):
        work(key)


@task
async def beside_a_coroutine(key: str) -> bool:
    """Does it in a plain function."""
    from asgiref.sync import sync_to_async

    def do() -> bool:
        with rota.once(key) as first:
            if first:
                work(key)
        return first

    return await sync_to_async(do)()
