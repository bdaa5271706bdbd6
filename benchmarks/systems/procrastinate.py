"""procrastinate with its Django integration: `manage.py procrastinate worker` twice, `batch_defer`."""

from __future__ import annotations

from collections.abc import Iterable

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from benchmarks import work
from benchmarks.systems import base

TASKS = {name: app.task(function, name=name) for name, function in work.ALL.items()}


class Queue(base.Queue):
    def enqueue(self, name: str, text: str) -> None:
        TASKS[name].defer(text=text)

    def enqueue_many(self, name: str, texts: Iterable[str]) -> None:
        TASKS[name].batch_defer(*({"text": text} for text in texts))

    def workers(self, slots: int = 1) -> list[list[str]]:
        worker = [*base.MANAGE, "procrastinate", "worker", "--concurrency", str(slots)]
        return [worker] * base.PROCESSES

    def kept(self, total: int) -> int | None:
        return base.rows(ProcrastinateJob, status="succeeded")
