"""Which tasks no live worker knows: their runs are set aside, so that they stand in nobody's way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from rota.ledger.park import park
from rota.models import Process, Run, State
from rota.processes import rows
from rota.processes.spec import WORKER


def park_unknown(*, using: str, now: datetime) -> int:
    """Park the runs of each task that every live worker of its queues has said not to know."""
    workers = rows.live(WORKER, using=using)
    said = {path for worker in workers for path in worker.unknown}
    if not said:
        return 0
    queues = _queues_of(said, using)
    return park([path for path in said if _nobody_knows(path, queues[path], workers)], using=using, now=now)


def _queues_of(paths: set[str], using: str) -> dict[str, set[str]]:
    ready = Run.objects.using(using).filter(state=State.READY, ready_at__isnull=False, task_path__in=paths)
    found: dict[str, set[str]] = defaultdict(set)
    for path, queue in ready.order_by().values_list("task_path", "queue_name").distinct():
        found[path].add(queue)
    return found


def _nobody_knows(path: str, queues: set[str], workers: Sequence[Process]) -> bool:
    serving = [worker for worker in workers if not worker.queues or queues & set(worker.queues)]
    return bool(queues) and all(path in worker.unknown for worker in serving)
