"""dramatiq on Redis: `dramatiq --processes 2`, with the threads it starts by itself. No results backend."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks import work
from benchmarks.systems import base

broker = RedisBroker(url=os.environ["BENCH_BROKER"])
dramatiq.set_broker(broker)

TASKS = {name: dramatiq.actor(function, actor_name=name) for name, function in work.ALL.items()}


class Queue(base.Queue):
    def prepare(self) -> None:
        """There are no tables."""

    def enqueue(self, name: str, text: str) -> None:
        TASKS[name].send(text)

    def workers(self, slots: int = 1) -> list[list[str]]:
        program = str(Path(sys.executable).with_name("dramatiq"))
        return [[program, "benchmarks.systems.dramatiq:broker", "--processes", str(base.PROCESSES)]]
