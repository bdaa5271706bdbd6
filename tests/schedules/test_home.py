"""Where rota's own tasks live in projects that have named their backends and queues in other ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import rota
from rota.compat import TASKS_LOGGER
from rota.schedules import registry
from rota.schedules.home import builtin, home

OURS = "rota.backend.RotaBackend"
OTHER = f"{TASKS_LOGGER}.backends.dummy.DummyBackend"


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test declares is gone after it."""
    with registry.apart():
        yield


def tidy() -> None:
    """A task of rota's own."""


@pytest.mark.parametrize(
    ("backends", "expected"),
    [
        ({"default": {"BACKEND": OURS}}, ("default", "default")),
        ({"default": {"BACKEND": OURS, "QUEUES": []}}, ("default", "default")),
        ({"default": {"BACKEND": OURS, "QUEUES": ["mail", "default"]}}, ("default", "default")),
        ({"default": {"BACKEND": OURS, "QUEUES": ["mail", "bulk"]}}, ("default", "bulk")),
        ({"default": {"BACKEND": OTHER}, "late": {"BACKEND": OURS, "QUEUES": ["late"]}}, ("late", "late")),
        ({"default": {"BACKEND": OTHER}}, ("default", "default")),
    ],
)
def test_rotas_own_tasks_fit_into_every_project(
    settings: Any, backends: Any, expected: tuple[str, str]
) -> None:
    settings.TASKS = backends
    assert home() == expected
    made = builtin(tidy)
    assert (made.backend, made.queue_name) == expected
    assert registry.resolve(f"{__name__}.tidy") is made
    rota.schedule("addition", "@daily", rota.command("run_addition_task", x=1))
    definition = registry.declarations()["addition"].definition
    assert (definition.backend, definition.queue_name) == expected
