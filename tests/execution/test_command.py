"""The task that runs management commands."""

from __future__ import annotations

import pytest

from rota.exceptions import UnknownName
from rota.execution import logs
from rota.execution.command import run_command
from rota.schedules import commands, registry


@pytest.fixture
def check_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_DECLARED", {"check", "leave_with"})


@pytest.mark.usefixtures("check_declared")
def test_the_output_is_result_and_log() -> None:
    with logs.kept() as captured:
        result = run_command.func("check", ["auth"], {"verbosity": 1})
    assert "no issues" in result["output"]
    assert captured.text() == result["output"]


def test_what_is_not_declared_is_refused() -> None:
    with pytest.raises(UnknownName, match="not declared"):
        run_command.func("sendtestemail")


def test_the_worker_finds_it_by_its_path() -> None:
    assert registry.resolve(commands.TASK_PATH) is run_command
