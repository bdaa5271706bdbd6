"""The `django.tasks` backend: an enqueued task is a run in the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from rota import arguments, clock, conf, results
from rota.compat import (
    AnyResult,
    AnyTask,
    BaseTaskBackend,
    InvalidTask,
    Task,
    TaskResult,
    TaskResultDoesNotExist,
    task_enqueued,
)
from rota.ledger.enqueue import Order, enqueue
from rota.models import Attempt, Run
from rota.schedules import known

P = ParamSpec("P")
R = TypeVar("R")


class RotaBackend(BaseTaskBackend):
    """`TASKS = {"default": {"BACKEND": "rota.backend.RotaBackend"}}`.

    A run is written to the database `ROTA["DATABASE"]` in the caller's transaction: it commits and rolls back with
    the caller's own data. Every alias of this backend reads and writes the same ledger.
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def validate_task(self, task: AnyTask) -> None:
        """Django's rules, which raise InvalidTask. A task that passes is known to this process's workers."""
        super().validate_task(task)
        if isinstance(task, results.RestoredTask) and known.resolve(task.module_path) is None:
            raise InvalidTask(f"There is no task {task.module_path!r} in this code any more.")
        known.register_task(task)

    def enqueue(self, task: Task[P, R], args: Any, kwargs: Any) -> TaskResult[P, R]:
        """Write one run and send `task_enqueued`.

        Raises InvalidTask for a task that is not valid here, and TypeError (InvalidArguments) for arguments that do
        not fit its signature, that JSON cannot hold, or that are larger than MAX_BYTES.
        """
        (result,) = self.enqueue_many([(task, args, kwargs)])
        return cast("TaskResult[P, R]", result)

    def enqueue_many(
        self, calls: Sequence[tuple[AnyTask, Sequence[Any], Mapping[str, Any]]]
    ) -> list[AnyResult]:
        """The same for many `(task, args, kwargs)`, a thousand rows a statement; all or none is written."""
        orders = [self._order(task, args, kwargs) for task, args, kwargs in calls]
        using = conf.current().DATABASE
        runs = enqueue(orders, using=using, now=clock.now(using))
        done = [results.of_run(run, task=task) for run, (task, _, _) in zip(runs, calls, strict=True)]
        for result in done:
            task_enqueued.send(type(self), task_result=result)
        return done

    def get_result(self, result_id: str) -> AnyResult:
        """The result by the id that `enqueue` gave, also of a task that code or settings no longer have.

        Raises TaskResultDoesNotExist for an id that no run has.
        """
        using = conf.current().DATABASE
        run = Run.objects.using(using).filter(pk=_read(result_id)).first()
        if run is None:
            raise TaskResultDoesNotExist(f"There is no run {result_id!r}.")
        return results.of_run(run, list(Attempt.objects.using(using).filter(run=run).order_by("number")))

    def _order(self, task: AnyTask, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Order:
        task.get_backend().validate_task(task)
        kept, named = arguments.keep(args, kwargs)
        arguments.bind(task, kept, named)
        return Order(
            task_path=task.module_path,
            args=kept,
            kwargs=named,
            queue_name=task.queue_name,
            priority=task.priority,
            backend=task.backend,
            run_after=task.run_after,
            terms=known.terms_for(task.module_path),
        )


def _read(result_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(result_id))
    except ValueError:
        raise TaskResultDoesNotExist(f"There is no run {result_id!r}: an id is a UUID.") from None
