"""Which processes are alive. A child lives as long as its supervisor's heartbeat says so."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime

from rota import conf
from rota.models import Process


@dataclasses.dataclass(frozen=True)
class Alive:
    """Live processes, oldest first, and when a scheduler was last seen."""

    supervisors: list[Process]
    schedulers: list[Process]
    workers: list[Process]
    beats: dict[uuid.UUID, datetime]
    """By process, the last heartbeat that speaks for it."""

    @property
    def slots(self) -> int:
        """How many runs the live workers can perform at once."""
        return sum(worker.slots for worker in self.workers)

    @property
    def unheard(self) -> list[Process]:
        """The supervisors that no wake-up reaches: new runs wait there until the next poll, up to half a second."""
        return [one for one in self.supervisors if one.mode == "poll"]

    def serving(self, queue: str) -> list[Process]:
        """The live workers that take runs of `queue`."""
        return [worker for worker in self.workers if not worker.queues or queue in worker.queues]

    def knowing(self, task_path: str, queue: str) -> list[Process]:
        """The live workers of `queue` that have not said that their code lacks the task."""
        return [worker for worker in self.serving(queue) if task_path not in worker.unknown]


def alive(now: datetime, *, using: str) -> Alive:
    """The processes that have not stopped and whose supervisor was heard of within a lease. One query."""
    since = now - conf.current().LEASE
    running = Process.objects.using(using).filter(stopped_at__isnull=True).order_by("started_at")
    rows = list(running)
    beats = {row.pk: row.last_heartbeat_at for row in rows if row.parent is None}
    spoken = {row.pk: beats.get(row.parent or row.pk, row.last_heartbeat_at) for row in rows}
    live = [row for row in rows if (row.parent is None or row.parent in beats) and spoken[row.pk] >= since]

    def of(kind: str) -> list[Process]:
        return [row for row in live if row.kind == kind]

    return Alive(of("supervisor"), of("scheduler"), of("worker"), {row.pk: spoken[row.pk] for row in live})
