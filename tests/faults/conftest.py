"""Supervisors that know the misbehaving tasks, and ways to ask for runs of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rota import clock
from rota.ledger.enqueue import Order, enqueue
from rota.models import Run
from rota.policies import Terms
from tests.processes.conftest import (
    QUICK_LEASE,
    USING,
    Host,
    StartHost,
    alive,
    ended,
    host,
    outcomes,
    state,
    until,
    witness,
    witnessed,
)

__all__ = [
    "USING", "StartHost", "alive", "ask", "ended", "host", "kill", "outcomes", "said", "start", "state", "until",
    "witness", "witnessed", "worker_of",
]  # fmt: skip


@pytest.fixture
def start(host: StartHost) -> StartHost:
    """Start a supervisor without a scheduler; its lease is three seconds."""

    def start_one(*, env: dict[str, str] | None = None, **options: Any) -> Host:
        settings = {**QUICK_LEASE, **options.pop("settings", {})}
        env = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", **(env or {})}
        return host(env=env, settings=settings, **{"scheduler": False, **options})

    return start_one


def ask(
    name: str, *args: Any, run_after: Any = None, kwargs: dict[str, Any] | None = None, **terms: Any
) -> Run:
    """Enqueue one run of a task of this folder, `work.note` for example, on these terms."""
    order = Order(
        task_path=f"tests.faults.{name}",
        args=list(args),
        kwargs=kwargs or {},
        terms=Terms(**terms),
        run_after=run_after,
    )
    return enqueue([order], using=USING, now=clock.now(USING))[0]


def said(folder: Path, *lines: str) -> Callable[[], bool]:
    """Whether the tasks have written all of these lines."""
    return lambda: set(lines) <= set(witness(folder))


def worker_of(folder: Path, line: str) -> list[int]:
    """The process ids of those who wrote this line."""
    files = [path for path in folder.glob("*.log") if line in path.read_text().splitlines()]
    return [int(path.stem) for path in files]


def kill(*pids: int) -> None:
    """SIGKILL, as the kernel does it when memory is out."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of this folder have a target of their own: together they take minutes."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("faults")
