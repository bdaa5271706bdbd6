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
from rota.ledger import gates
from rota.ledger.enqueue import Order, Placed, place
from rota.ledger.keys import unique_key
from rota.models import Attempt, Run
from rota.schedules import known, limiting
from rota.schedules.receipt import Receipt

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
        return [receipt.result for receipt in self.place(calls)]

    def place(
        self,
        calls: Sequence[tuple[AnyTask, Sequence[Any], Mapping[str, Any]]],
        keys: Sequence[str | None] | None = None,
        *,
        until_end: bool = False,
        batch_id: uuid.UUID | None = None,
    ) -> list[Receipt]:
        """The same with an idempotency key for each call. The receipt says whether the run is new.

        A key belongs to its task. With `until_end` a run that has ended gives its key up. `batch_id` is the batch that
        the runs belong to.
        """
        each_key = [None] * len(calls) if keys is None else keys
        valid: set[int] = set()
        orders = []
        for (task, args, kwargs), key in zip(calls, each_key, strict=True):
            if id(task) not in valid:
                task.get_backend().validate_task(task)
                valid.add(id(task))
            orders.append(self._order(task, args, kwargs, key=key, until_end=until_end, batch_id=batch_id))
        using = conf.current().DATABASE
        placed = place(orders, using=using, now=clock.now(using))
        gates.admit_after_commit((each.run for each in placed if each.created), using=using)
        return [self._receipt(each, task, using) for each, (task, _, _) in zip(placed, calls, strict=True)]

    def order(self, task: AnyTask, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Order:
        """What `enqueue` would write: checked, and not written. Raises as `enqueue` does."""
        task.get_backend().validate_task(task)
        return self._order(task, args, kwargs)

    def _receipt(self, placed: Placed, task: AnyTask, using: str) -> Receipt:
        run = placed.run
        if not placed.created:
            return Receipt(str(run.pk), created=False, result=_stored(run, using))
        result = results.of_run(run, task=task)
        task_enqueued.send(type(self), task_result=result)
        return Receipt(str(run.pk), created=True, result=result)

    def get_result(self, result_id: str) -> AnyResult:
        """The result by the id that `enqueue` gave, also of a task that code or settings no longer have.

        Raises TaskResultDoesNotExist for an id that no run has.
        """
        using = conf.current().DATABASE
        run = Run.objects.using(using).filter(pk=_read(result_id)).first()
        if run is None:
            raise TaskResultDoesNotExist(f"There is no run {result_id!r}.")
        return _stored(run, using)

    def _order(
        self,
        task: AnyTask,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        *,
        key: str | None = None,
        until_end: bool = False,
        batch_id: uuid.UUID | None = None,
    ) -> Order:
        kept, named = arguments.keep(args, kwargs)
        terms = known.terms_for(task.module_path)
        limit_key, rate_key = limiting.of_task(task, terms, arguments.bind(task, kept, named))
        return Order(
            task_path=task.module_path,
            args=kept,
            kwargs=named,
            queue_name=task.queue_name,
            priority=task.priority,
            backend=task.backend,
            run_after=task.run_after,
            terms=terms,
            limit_key=limit_key,
            rate_key=rate_key,
            unique_key=None if key is None else unique_key(task.module_path, key),
            until_end=until_end,
            batch_id=batch_id,
        )


def _stored(run: Run, using: str) -> AnyResult:
    return results.of_run(run, list(Attempt.objects.using(using).filter(run=run).order_by("number")))


def _read(result_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(result_id))
    except ValueError:
        raise TaskResultDoesNotExist(f"There is no run {result_id!r}: an id is a UUID.") from None
