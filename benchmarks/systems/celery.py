"""Celery with its Django integration, on Redis or RabbitMQ; with django-celery-results, outcomes in the database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from celery import Celery

from benchmarks import work
from benchmarks.systems import SYSTEMS, base

SYSTEM = SYSTEMS[os.environ["BENCH_SYSTEM"]]

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
app.conf.update(
    task_default_queue="rota_bench",
    task_acks_late=SYSTEM.late,
    worker_prefetch_multiplier=1 if SYSTEM.late else 4,
    result_backend="django-db" if SYSTEM.apps else None,
)

TASKS = {name: app.task(function, name=name) for name, function in work.ALL.items()}


class Queue(base.Queue):
    def prepare(self) -> None:
        super().prepare()
        _delete()  # what a run that was broken off has left in the broker

    def enqueue(self, name: str, text: str) -> None:
        TASKS[name].delay(text)

    def workers(self, slots: int = 1) -> list[list[str]]:
        program = str(Path(sys.executable).with_name("celery"))
        options = ["--concurrency", str(base.PROCESSES), "--loglevel", "WARNING"]
        return [[program, "-A", "benchmarks.systems.celery", "worker", *options]]

    def kept(self, total: int) -> int | None:
        if not SYSTEM.apps:
            return None
        from django_celery_results.models import TaskResult

        return base.rows(TaskResult, status="SUCCESS")

    def close(self) -> None:
        _delete()
        app.close()


def _delete() -> None:
    with app.connection_for_write() as connection:
        app.amqp.queues["rota_bench"].bind(connection.default_channel).delete()
