"""django-vtasks on PostgreSQL or Redis: `manage.py runworker` twice, its own `@task`, its backend's `enqueue_many`.

It deletes a task that succeeded; what stays is what failed.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.tasks import task_backends
from django_vtasks import task

from benchmarks import work
from benchmarks.systems import base


@task
def nothing(text: str) -> None:
    work.nothing(text)


@task
def stamp(text: str) -> None:
    work.stamp(text)


@task
def pause(text: str) -> None:
    work.pause(text)


TASKS = {"nothing": nothing, "stamp": stamp, "pause": pause}


class Queue(base.Queue):
    def enqueue(self, name: str, text: str) -> None:
        TASKS[name].enqueue(text)

    def enqueue_many(self, name: str, texts: Iterable[str]) -> None:
        task_backends["default"].enqueue_many([(TASKS[name], (text,), {}) for text in texts])

    def workers(self, slots: int = 1) -> list[list[str]]:
        return [[*base.MANAGE, "runworker"]] * base.PROCESSES

    def kept(self, total: int) -> int | None:
        if self.system.broker:
            return None
        from django_vtasks.db.models import QueuedTask

        return total - base.rows(QueuedTask)
