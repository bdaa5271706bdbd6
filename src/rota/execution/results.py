"""The TaskResult that a task's context and the signals of `django.tasks` carry."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.dispatch import Signal

from rota import conf
from rota.compat import AnyResult, AnyTask, TaskError, TaskResult, TaskResultStatus, normalize_json
from rota.execution.errors import Failure
from rota.ledger import safe
from rota.ledger.claim import Claimed
from rota.models import Attempt

log = logging.getLogger("rota")


def result_of(claimed: Claimed, task: AnyTask, started_at: datetime, holder: str) -> AnyResult:
    """The run as `django.tasks` sees it while it is RUNNING: `attempts` counts this one."""
    earlier = _earlier(claimed)
    return TaskResult(
        task=task,
        id=str(claimed.run_id),
        status=TaskResultStatus.RUNNING,
        enqueued_at=claimed.enqueued_at,
        started_at=earlier[0].started_at if earlier else started_at,
        finished_at=None,
        last_attempted_at=started_at,
        args=claimed.args,
        kwargs=claimed.kwargs,
        backend=claimed.backend,
        errors=[_error(a.error_class, a.traceback or a.error) for a in earlier if a.error_class],
        worker_ids=[*(str(a.held_by) for a in earlier), holder],
    )


def _error(path: str, traceback: str) -> TaskError:
    return TaskError(exception_class_path=path, traceback=traceback)


def _earlier(claimed: Claimed) -> list[Attempt]:
    if claimed.attempt == 1:
        return []
    attempts = Attempt.objects.using(conf.current().DATABASE).filter(run=claimed.run_id).defer("log")
    return list(attempts.order_by("number"))


def succeed(result: AnyResult, stored: Any, finished_at: datetime) -> None:
    """Mark `result` SUCCESSFUL, with the value as it will be stored."""
    _set(result, status=TaskResultStatus.SUCCESSFUL, finished_at=finished_at, _return_value=stored)


def fail(result: AnyResult, failure: Failure, finished_at: datetime, *, final: bool) -> None:
    """Add the error; `result` is FAILED when no other attempt follows, else READY."""
    result.errors.append(_error(failure.error_class, failure.traceback))
    status = TaskResultStatus.FAILED if final else TaskResultStatus.READY
    _set(result, status=status, finished_at=finished_at if final else None)


def storable(value: Any) -> Any:
    """`value` as JSON, as `django.tasks` normalises it; what is not JSON becomes a note of what it was."""
    if value is None:
        return None
    try:
        value = normalize_json(value)
    # A value's own methods may raise anything; the task has succeeded all the same.
    except Exception as error:  # noqa: BLE001
        log.debug("A result is not JSON: %s", error)
    return safe.result(value)


def tell(signal: Signal, backend: type, result: AnyResult) -> None:
    """Send one of the signals of `django.tasks`. A receiver that raises is logged, and changes nothing."""
    try:
        signal.send_robust(sender=backend, task_result=result)
    except (
        BaseException
    ):  # what is not an Exception passes through send_robust, and would lose the outcome here
        log.exception("A receiver of a task signal did not return.")


def _set(result: AnyResult, **fields: Any) -> None:
    # Django's own backends write to this frozen dataclass in the same way.
    for name, value in fields.items():
        object.__setattr__(result, name, value)
