"""rota: stock Django tasks, `rota.enqueue_many`, `manage.py rota run`."""

from __future__ import annotations

from collections.abc import Iterable

import rota
from benchmarks.project.tasks import TASKS
from benchmarks.systems import base
from rota.models import Run


class Queue(base.Queue):
    def enqueue(self, name: str, text: str) -> None:
        TASKS[name].enqueue(text)

    def enqueue_many(self, name: str, texts: Iterable[str]) -> None:
        rota.enqueue_many(TASKS[name], [(text,) for text in texts])

    def workers(self, slots: int = 1) -> list[list[str]]:
        return [
            [*base.MANAGE, "rota", "run", "--no-scheduler",
             "--processes", str(base.PROCESSES), "--threads", str(slots)]
        ]  # fmt: skip

    def team(self, *options: str) -> list[str]:
        """The command for the scheduler with the same workers, or with what the options say."""
        return [*base.MANAGE, "rota", "run", "--processes", str(base.PROCESSES), *options]

    def kept(self, total: int) -> int | None:
        return base.rows(Run, state="SUCCESSFUL")
