"""`rota.batch`, `rota.batch_of`: many runs, and what is to follow when the last of them has ended."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar, cast

from rota import conf
from rota.compat import AnyResult, AnyTask, Task, TaskResult
from rota.exceptions import InvalidInput, Refused
from rota.execution.context import current_run
from rota.ledger import batches
from rota.ledger.effects import Holder
from rota.models import Run
from rota.models.ids import new_id
from rota.queries import batches as queries
from rota.queries.batches import Progress

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_NAME = 200


class BatchHandle:
    """A batch in the hands of who fills it, of one of its runs, or of what follows it."""

    def __init__(self, batch_id: uuid.UUID, name: str, *, filling: bool = False) -> None:
        self.id, self.name = batch_id, name
        self._filling = filling

    def enqueue(self, task: Task[P, R], *args: P.args, **kwargs: P.kwargs) -> TaskResult[P, R]:
        """Like `task.enqueue`; the run belongs to this batch. Raises Refused when it is sealed for the caller."""
        return cast("TaskResult[P, R]", self._place([(task, args, kwargs)])[0])

    def enqueue_many(
        self, task: AnyTask, calls: Iterable[Sequence[Any] | Mapping[str, Any]]
    ) -> list[AnyResult]:
        """The same for many calls, each a tuple or list of arguments or a dict of named ones."""
        return self._place([_call(task, each) for each in calls])

    @property
    def progress(self) -> Progress:
        """How its runs stand now."""
        return queries.progress(self.id, using=conf.current().DATABASE)

    @property
    def unsuccessful(self) -> list[Run]:
        """Its runs that have ended otherwise than well and were not run again, by id; with everything about them."""
        return list(batches.unsuccessful(self.id, using=conf.current().DATABASE).order_by("pk"))

    def _place(self, calls: list[tuple[AnyTask, Sequence[Any], Mapping[str, Any]]]) -> list[AnyResult]:
        if not calls:
            return []
        for task, _, _ in calls:
            _refuse_other_backends(task)
        with contextlib.nullcontext() if self._filling else self._adding():
            backend: Any = calls[0][0].get_backend()
            return [receipt.result for receipt in backend.place(calls, batch_id=self.id)]

    def _adding(self) -> contextlib.AbstractContextManager[None]:
        run = current_run()
        if run is None or run.batch_id != self.id:
            raise Refused(
                f"The batch {self.name or self.id} is sealed: only its own runs may add to it, while they run."
            )
        return batches.adding(Holder(run.id, run.token, run.attempt), using=conf.current().DATABASE)

    def _seal(self) -> None:
        self._filling = False


@contextlib.contextmanager
def batch(
    name: str = "",
    *,
    done: AnyTask | None = None,
    succeeded: AnyTask | None = None,
    failed: AnyTask | None = None,
) -> Iterator[BatchHandle]:
    """`with rota.batch("invoices", done=close_month) as batch: batch.enqueue(send, 17)`.

    When the last run has ended, `done` is enqueued, and `succeeded` if every run was SUCCESSFUL, else `failed`: each
    once, with the batch's id (a text) as its only argument. The block is one transaction on rota's database, or a part
    of the one around it: an exception leaves nothing. A batch without runs is finished at its end.
    Raises InvalidInput for a name of more than 200 characters and tasks of another backend, TypeError for a task that
    does not take the id.
    """
    if not isinstance(name, str) or len(name) > LONGEST_NAME or "\x00" in name:
        raise InvalidInput(
            f"rota.batch: expected a name of at most {LONGEST_NAME} characters, got {repr(name)[:80]}."
        )
    handle = BatchHandle(new_id(), name, filling=True)
    wanted = {batches.DONE: done, batches.SUCCEEDED: succeeded, batches.FAILED: failed}
    then = {on: _order(task, handle.id) for on, task in wanted.items() if task is not None}
    with batches.opened(handle.id, name, then, using=conf.current().DATABASE):
        try:
            yield handle
        finally:
            handle._seal()


def batch_of(batch_id: uuid.UUID | str | None = None) -> BatchHandle:
    """The batch with this id; without one, the batch of the run being performed.

    Raises UnknownName when there is none of that id, Refused outside of a batch's run.
    """
    if batch_id is None:
        run = current_run()
        batch_id = run.batch_id if run else None
    if batch_id is None:
        raise Refused("rota.batch_of: expected an id, or to be called in a run that belongs to a batch.")
    row = queries.get(batch_id, using=conf.current().DATABASE)
    return BatchHandle(row.pk, row.name)


def _order(task: AnyTask, batch_id: uuid.UUID) -> Any:
    _refuse_other_backends(task)
    if task.run_after is not None:
        raise InvalidInput(f"rota.batch: {task.name} is to follow the batch: expected no run_after.")
    backend: Any = task.get_backend()
    return backend.order(task, [str(batch_id)], {})


def _call(
    task: AnyTask, given: Sequence[Any] | Mapping[str, Any]
) -> tuple[AnyTask, Sequence[Any], Mapping[str, Any]]:
    if isinstance(given, Mapping):
        return task, (), given
    if isinstance(given, tuple | list):
        return task, given, {}
    raise InvalidInput(
        f"enqueue_many: expected each call to be a dict or a tuple of arguments, got {given!r}."
    )


def _refuse_other_backends(task: AnyTask) -> None:
    if not hasattr(task, "get_backend"):
        raise InvalidInput(f"rota.batch: expected a task, made with @rota.task, got {task!r}.")
    if not hasattr(task.get_backend(), "place"):
        raise InvalidInput(
            f"rota.batch: expected tasks of rota's backend, and {task.name} goes to another one."
        )
