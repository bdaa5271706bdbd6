"""Claimed runs, made by the ledger's own verbs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rota import clock
from rota.execution.perform import perform
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.finish import finish
from rota.models import Run
from rota.policies import Terms
from rota.schedules import registry

USING = "default"
WORK = "tests.project.work_tasks."

Do = Callable[..., tuple[Ending, Run]]


@pytest.fixture(autouse=True)
def witnessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tasks write what happened."""
    monkeypatch.setenv("ROTA_WITNESS", str(tmp_path))
    return tmp_path


def claimed(name: str, *args: Any, **kwargs: Any) -> Claimed:
    """A run of this test task, in a worker's hands, on the task's own terms."""
    task = registry.resolve(WORK + name)
    terms = registry.terms_for(WORK + name) if task else Terms()
    order = Order(task_path=WORK + name, args=list(args), kwargs=kwargs, terms=terms)
    enqueue([order], using=USING, now=clock.now(USING))
    return claim(uuid.uuid4(), [], 1, using=USING)[0]


@pytest.fixture
def do(db: None) -> Do:
    """Perform a test task once; returns the ending and the run as it is then stored."""

    def perform_once(name: str, *args: Any, **kwargs: Any) -> tuple[Ending, Run]:
        ending = perform(
            claimed(name, *args, **kwargs), worker="host:1", holder=uuid.uuid4(), roll=lambda: 0.5
        )
        assert finish([ending], using=USING, now=clock.now(USING)) == {ending.run_id}
        return ending, Run.objects.get(pk=ending.run_id)

    return perform_once
