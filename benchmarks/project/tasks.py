"""rota's tasks, where every worker looks for them: in a module `tasks` of an installed app."""

from __future__ import annotations

from datetime import UTC, datetime

import rota
from benchmarks import marks, work


@rota.task
def nothing(text: str) -> None:
    work.nothing(text)


@rota.task
def stamp(text: str) -> None:
    work.stamp(text)


@rota.task
def pause(text: str) -> None:
    work.pause(text)


@rota.task
def punctual() -> None:
    """How long after the promised instant this line is reached, by the host's clock."""
    now = datetime.now(UTC)
    run = rota.current_run()
    assert run is not None
    assert run.due_at is not None
    marks.note((now - run.due_at).total_seconds())


TASKS = {"nothing": nothing, "stamp": stamp, "pause": pause}
