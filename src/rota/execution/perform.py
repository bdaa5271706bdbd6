"""Perform one attempt: the only place that calls user code. One claimed run in, one ending out.

    resolve → begin → call → end

Storing the ending is somebody else's job; so is the decision what becomes of the run (the ledger's `finish`).
"""

from __future__ import annotations

import dataclasses
import logging
import random
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from rota import clock
from rota.compat import AnyResult, AnyTask, heard, task_finished, task_started
from rota.exceptions import RotaError, RunCancelled, SoftTimeout
from rota.execution import logs, results
from rota.execution.calling import call
from rota.execution.context import CurrentRun, being
from rota.execution.errors import Failure, describe
from rota.execution.hygiene import clean_connections
from rota.execution.lines import lines
from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.schedules import registry

log = logging.getLogger("rota")

_RESOLVING = threading.RLock()


class UnknownTask(RotaError):
    """This process's code has no such task. Nothing was begun: give the run back."""

    def __init__(self, task_path: str) -> None:
        self.task_path = task_path
        super().__init__(f"This process does not know the task {task_path!r}.")


@dataclasses.dataclass
class Performance:
    """What the steps hand on to each other."""

    claimed: Claimed
    task: AnyTask
    result: AnyResult | None
    """What the task's context and the signals carry; None when nobody asks for it."""
    started_at: datetime
    started: float
    finished_at: datetime
    outcome: str = Outcome.SUCCEEDED
    value: Any = None
    failure: Failure | None = None
    retry_in: float | None = None
    log: str = ""
    progress: dict[str, Any] | None = None

    @property
    def seconds(self) -> float:
        """How long the task took."""
        return (self.finished_at - self.started_at).total_seconds()


def perform(
    claimed: Claimed,
    *,
    worker: str,
    holder: uuid.UUID,
    now: Callable[[], datetime] = clock.host_now,
    roll: Callable[[], float] = random.random,
    begun: Callable[[], None] = lambda: None,
) -> Ending:
    """Run the task and say how it went; whatever the task raises is in the ending.

    `begun` is called once, right before the first line of user code. `now` is the database's time, `roll` places the
    retry's jitter. Raises UnknownTask before anything has begun.
    """
    task = resolve(claimed)
    with clean_connections(), being(current_of(claimed)):
        performance = begin(claimed, task, now(), str(holder), begun)
        _call(performance)
        end(performance, roll)
    return ending_of(performance, worker, holder)


def attempt_of(claimed: Claimed) -> str:
    """'2/4': this attempt of as many as there will be. Attempts after a loss may go beyond the retry policy's."""
    return f"{claimed.attempt}/{max(claimed.max_attempts, claimed.attempt)}"


def resolve(claimed: Claimed) -> AnyTask:
    """The task itself. Raises UnknownTask."""
    # One thread at a time: the first one imports the module, and the others must not see it half done.
    with _RESOLVING:
        task = registry.resolve(claimed.task_path)
    if task is None:
        raise UnknownTask(claimed.task_path)
    return task


def current_of(claimed: Claimed) -> CurrentRun:
    """What the task may know of its run."""
    return CurrentRun(
        claimed.run_id, claimed.task_path, claimed.attempt, claimed.max_attempts, claimed.due_at, claimed.nominal_at,
        claimed.recovered, claimed.origin, claimed.token, claimed.batch_id,
    )  # fmt: skip


def begin(
    claimed: Claimed, task: AnyTask, now: datetime, holder: str, begun: Callable[[], None]
) -> Performance:
    """Say that it starts, to the log, to the supervisor, to the signals."""
    lines.line("Starting %s[%s] (attempt %s)", claimed.task_path, claimed.run_id, attempt_of(claimed))
    wanted = task.takes_context or heard(task_started) or heard(task_finished)
    result = results.result_of(claimed, task, now, holder) if wanted else None
    begun()
    if result is not None:
        results.tell(task_started, type(task.get_backend()), result)
    return Performance(claimed, task, result, now, clock.elapsed(), now)


class called:  # noqa: N801 - used as `with called(performance)`
    """Whatever the call inside the block raises is kept as the attempt's failure, and what it logs as its log."""

    __slots__ = ("_kept", "_performance", "_shown")

    def __init__(self, performance: Performance) -> None:
        self._performance = performance

    def __enter__(self) -> None:
        self._kept = logs.kept()
        self._shown = self._kept.__enter__()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        performance = self._performance
        # SystemExit, KeyboardInterrupt and GeneratorExit are failures of the task too.
        if error is not None:
            performance.outcome = _outcome(error)
            performance.failure = describe(error)
        self._kept.__exit__()
        performance.log, performance.progress = self._shown.text(), self._shown.progress()
        took = timedelta(seconds=clock.elapsed() - performance.started)
        performance.finished_at = performance.started_at + took
        return True


def _call(performance: Performance) -> None:
    with called(performance):
        performance.value = call(performance.task, performance.claimed, performance.result)


def _outcome(error: BaseException) -> str:
    if isinstance(error, SoftTimeout):
        return Outcome.TIMED_OUT
    return Outcome.CANCELLED if isinstance(error, RunCancelled) else Outcome.FAILED


def end(performance: Performance, roll: Callable[[], float]) -> None:
    """User code has ended: decide about a retry, tell the log and the signals."""
    if performance.failure is None:
        performance.value = results.storable(performance.value)
        lines.line("Task %s succeeded in %.3fs", _name(performance), performance.seconds, may_wait=True)
    else:
        performance.retry_in = _retry_in(performance, roll)
        _report(performance, performance.failure)
    if performance.result is not None:
        _tell_the_end(performance, performance.result)


def _tell_the_end(performance: Performance, result: AnyResult) -> None:
    if performance.failure is None:
        results.succeed(result, performance.value, performance.finished_at)
    else:
        final = performance.retry_in is None
        results.fail(result, performance.failure, performance.finished_at, final=final)
    results.tell(task_finished, type(performance.task.get_backend()), result)


def _retry_in(performance: Performance, roll: Callable[[], float]) -> float | None:
    claimed, failure = performance.claimed, performance.failure
    retry = claimed.terms.retry
    if retry is None or failure is None or performance.outcome == Outcome.CANCELLED:
        return None
    if claimed.attempt >= claimed.max_attempts or not retry.applies_to(failure.paths):
        return None
    return retry.wait_after(claimed.attempt, roll())


def _report(performance: Performance, failure: Failure) -> None:
    what = performance.outcome.replace("_", " ")
    then = (
        "no attempt follows"
        if performance.retry_in is None
        else f"next attempt in {performance.retry_in:.0f}s"
    )
    log.error(
        "Task %s %s in %.3fs (attempt %s), %s: %s: %s", _name(performance), what, performance.seconds,
        attempt_of(performance.claimed), then, failure.error_class.removeprefix("builtins."), failure.error,
    )  # fmt: skip


def _name(performance: Performance) -> str:
    return f"{performance.claimed.task_path}[{performance.claimed.run_id}]"


def ending_of(performance: Performance, worker: str, holder: uuid.UUID) -> Ending:
    """How it went, as a value."""
    claimed, failure = performance.claimed, performance.failure
    return Ending(
        run_id=claimed.run_id,
        token=claimed.token,
        attempt=claimed.attempt,
        outcome=performance.outcome,
        started_at=performance.started_at,
        finished_at=performance.finished_at,
        held_by=holder,
        worker=worker,
        result=performance.value,
        error_class=failure.error_class if failure else "",
        error=failure.error if failure else "",
        traceback=failure.traceback if failure else "",
        log=performance.log,
        progress=performance.progress,
        retry_in=performance.retry_in,
        watched=claimed.watched,
    )
