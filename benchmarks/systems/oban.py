"""oban, the Python one: `oban install`, `oban start` twice with the queue limit its documentation shows."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg
from oban import Oban, job

from benchmarks import work
from benchmarks.systems import System, base


@job(queue="default")
def nothing(text: str) -> None:
    work.nothing(text)


@job(queue="default")
def stamp(text: str) -> None:
    work.stamp(text)


@job(queue="default")
def pause(text: str) -> None:
    work.pause(text)


TASKS = {"nothing": nothing, "stamp": stamp, "pause": pause}

LIMIT = 10
"""Jobs of the queue at once in each process."""


class Queue(base.Queue):
    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.url = os.environ["BENCH_DATABASE"].replace("postgres://", "postgresql://", 1)
        self.loop = asyncio.new_event_loop()
        self.oban: Oban | None = None
        self.connection: psycopg.Connection | None = None

    def prepare(self) -> None:
        subprocess.run([_program(), "install", "--dsn", self.url], check=True, stdout=sys.stderr)
        self.loop.run_until_complete(self._open())

    async def _open(self) -> None:
        self.pool = await Oban.create_pool(self.url)
        self.oban = Oban(pool=self.pool, leadership=False)

    def enqueue(self, name: str, text: str) -> None:
        assert self.oban is not None
        self.loop.run_until_complete(self.oban.enqueue(TASKS[name].new(text)))

    def enqueue_many(self, name: str, texts: Iterable[str]) -> None:
        assert self.oban is not None
        self.loop.run_until_complete(self.oban.enqueue_many(TASKS[name].new(text) for text in texts))

    def workers(self, slots: int = 1) -> list[list[str]]:
        limit = slots if slots > 1 else LIMIT
        return [[_program(), "start", "--dsn", self.url, "--queues", f"default:{limit}"]] * base.PROCESSES

    def kept(self, total: int) -> int | None:
        self.connection = self.connection or psycopg.connect(self.url, autocommit=True)
        found = self.connection.execute("SELECT count(*) FROM oban_jobs WHERE state = 'completed'").fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.loop.run_until_complete(self.pool.close())


def _program() -> str:
    return str(Path(sys.executable).with_name("oban"))
