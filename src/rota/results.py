"""From a run to the `TaskResult` that Django's users know. Never fails for what has vanished from code or settings."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from rota.compat import (
    AnyResult,
    AnyTask,
    InvalidTask,
    TaskError,
    TaskResult,
    TaskResultStatus,
    task_backends,
)
from rota.models import Attempt, Outcome, Run, State
from rota.schedules import known

_STATUS: dict[str, TaskResultStatus] = {
    State.READY: TaskResultStatus.READY,
    State.HELD: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.SUCCESSFUL: TaskResultStatus.SUCCESSFUL,
}

_UNRUN: dict[str, str] = {
    State.CANCELLED: "rota.exceptions.RunCancelled",
    State.SKIPPED: "rota.exceptions.RunSkipped",
    State.MISSED: "rota.exceptions.RunMissed",
}

_ENDED_FOR_IT: dict[str, str] = {
    Outcome.LOST: "rota.exceptions.AttemptLost",
    Outcome.TIMED_OUT: "rota.exceptions.AttemptTimedOut",
    Outcome.CANCELLED: "rota.exceptions.RunCancelled",
}


class RestoredTask(AnyTask):
    """The task of a stored run whose queue, backend or function is no longer valid: readable, and not validated."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Django validates here; what was valid when it was enqueued must stay readable."""


def of_run(run: Run, attempts: Sequence[Attempt] = (), task: AnyTask | None = None) -> AnyResult:
    """The result of `run`, whose ended attempts, in order, are `attempts`. `task` spares looking it up."""
    result: AnyResult = TaskResult(
        task=task or task_of(run),
        id=str(run.id),
        status=status_of(run),
        enqueued_at=run.enqueued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        last_attempted_at=run.last_attempted_at,
        args=run.args,
        kwargs=run.kwargs,
        backend=run.backend,
        errors=_errors(run, attempts),
        worker_ids=_workers(run, attempts),
    )
    # Frozen, and without a parameter for it: Django's own way to set it.
    object.__setattr__(result, "_return_value", run.result)
    return result


def status_of(run: Run) -> TaskResultStatus:
    """Django's status: HELD still waits; what was not run (cancelled, skipped, missed) has failed."""
    waits = TaskResultStatus.FAILED if run.finished_at else TaskResultStatus.READY
    unrun = run.state == State.FAILED or run.state in _UNRUN
    return TaskResultStatus.FAILED if unrun else _STATUS.get(run.state, waits)


def task_of(run: Run) -> AnyTask:
    """The task as it was enqueued; a readable stand-in when code or settings no longer have it."""
    found = known.resolve(run.task_path)
    changes: dict[str, Any] = {
        "priority": run.priority,
        "queue_name": run.queue_name,
        "run_after": run.run_after,
        "backend": run.backend,
    }
    if found is None:
        return RestoredTask(func=_gone(run.task_path), **changes)
    if run.backend in task_backends.settings:
        # Not valid: its queue has left the settings, for example.
        with contextlib.suppress(InvalidTask):
            return dataclasses.replace(found, **changes)
    return RestoredTask(func=found.func, takes_context=found.takes_context, **changes)


def _gone(path: str) -> Any:
    def gone(*_: Any, **__: Any) -> None:
        raise LookupError(f"There is no task {path!r} in this code.")

    gone.__module__, _, gone.__qualname__ = path.rpartition(".")
    gone.__name__ = gone.__qualname__
    return gone


def _errors(run: Run, attempts: Sequence[Attempt]) -> list[TaskError]:
    failed = [attempt for attempt in attempts if attempt.outcome != Outcome.SUCCEEDED]
    errors = [TaskError(exception_class_path=_class_of(each), traceback=_told(each)) for each in failed]
    if run.state in _UNRUN:
        why = " ".join(filter(None, [run.get_reason_display(), run.detail]))
        errors.append(TaskError(exception_class_path=_UNRUN[run.state], traceback=why))
    return errors


def _class_of(attempt: Attempt) -> str:
    return attempt.error_class or _ENDED_FOR_IT.get(attempt.outcome, "builtins.Exception")


def _told(attempt: Attempt) -> str:
    return attempt.traceback or attempt.error


def _workers(run: Run, attempts: Sequence[Attempt]) -> list[str]:
    """One for each attempt, as Django counts attempts by them; with the running one."""
    ended = [str(attempt.held_by or attempt.worker) for attempt in attempts]
    running = [str(run.held_by or uuid.UUID(int=0))] if run.state == State.RUNNING else []
    return ended + running
