"""huey on SQLite or Redis: `huey_consumer -w 2 -k process`. It keeps the result of a task that has one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from huey import RedisHuey, SqliteHuey

from benchmarks import work
from benchmarks.systems import base

huey = (
    RedisHuey("bench", url=os.environ["BENCH_BROKER"])
    if os.environ.get("BENCH_BROKER")
    else SqliteHuey("bench", filename=os.environ["BENCH_DATABASE"].removeprefix("sqlite:///") + ".huey")
)

TASKS = {name: huey.task(name=name)(function) for name, function in work.ALL.items()}


class Queue(base.Queue):
    def prepare(self) -> None:
        """It makes its file by itself."""

    def enqueue(self, name: str, text: str) -> None:
        TASKS[name](text)

    def workers(self, slots: int = 1) -> list[list[str]]:
        program = str(Path(sys.executable).with_name("huey_consumer"))
        return [[program, "benchmarks.systems.huey.huey", "-w", str(base.PROCESSES), "-k", "process", "-q"]]
