"""django-tasks-db: the backend its README shows, `manage.py db_worker` twice. It has no way to enqueue many."""

from __future__ import annotations

from django_tasks_db.models import DBTaskResult

from benchmarks import work
from benchmarks.systems import base
from benchmarks.systems.stock import task


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

    def workers(self, slots: int = 1) -> list[list[str]]:
        return [[*base.MANAGE, "db_worker"]] * base.PROCESSES

    def kept(self, total: int) -> int | None:
        return base.rows(DBTaskResult, status="SUCCESSFUL")
