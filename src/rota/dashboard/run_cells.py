"""Runs, as values for the templates."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

from rota.dashboard import badges, moments
from rota.dashboard.badges import Badge
from rota.dashboard.hidden import without_secrets
from rota.dashboard.moments import Moment, took
from rota.models import Attempt, OpenAttempt, Origin, Outcome, Reason, Run, State
from rota.queries.logs import Lines, by_level
from rota.queries.progress import Progress, progress_of
from rota.queries.runs import Detail
from rota.queries.waiting import Waits

_OUTCOMES = {
    Outcome.SUCCEEDED: Badge("Succeeded", "good", "check"),
    Outcome.FAILED: Badge("Failed", "bad", "cross"),
    Outcome.TIMED_OUT: Badge("Timed out", "bad", "clock"),
    Outcome.LOST: Badge("Lost", "bad", "alert"),
    Outcome.CANCELLED: Badge("Cancelled", "not-run", "square"),
}

RUNNING_REFRESH, WAITING_REFRESH = 800, 3_000
"""Milliseconds between two looks of the page at a run; one that has ended is not looked at again."""


@dataclasses.dataclass(frozen=True)
class RunLine:
    """One run in a list."""

    id: str
    title: str
    task: str
    badge: Badge
    recovered: bool
    why: str
    due: Moment | None
    count: int
    began: Moment | None
    took: str
    attempt: str
    origin: str


@dataclasses.dataclass(frozen=True)
class AttemptCells:
    """One attempt on a run's page."""

    number: int
    badge: Badge
    worker: str
    started: Moment | None
    took: str
    error_class: str
    error: str
    traceback: str
    log: list[Lines]
    progress: Progress | None

    @property
    def log_id(self) -> str:
        """Its element: where a reader has scrolled to is kept by id."""
        return f"log-{self.number}"


@dataclasses.dataclass(frozen=True)
class OpenCells:
    """The attempt that is running, as far as it was written."""

    number: int
    log: list[Lines]
    progress: Progress | None
    as_of: Moment | None


def line(run: Run, now: datetime) -> RunLine:
    """A run as one line. A run that stands for a range says for how many instants."""
    return RunLine(
        id=str(run.pk),
        title=title_of(run),
        task=run.task_path,
        badge=badges.of_run(run),
        recovered=run.recovered,
        why=why_not(run),
        due=moments.past(run.due_at or run.nominal_at, now),
        count=run.due_count,
        began=moments.past(run.last_attempted_at, now),
        took=_took(run),
        attempt=attempt_of(run),
        origin=origin_of(run),
    )


def full(detail: Detail, now: datetime, gate: Waits | None = None) -> dict[str, Any]:
    """Everything about one run, as the context of its page; `gate` is where it waits."""
    run = detail.run
    times = (
        ("Due", run.due_at), ("Works for", run.nominal_at), ("Queued", run.enqueued_at), ("Not before", run.run_after),
        ("Started", run.last_attempted_at), ("Finished", run.finished_at),
    )  # fmt: skip
    return {
        "run": run,
        "line": line(run, now),
        "attempt": attempt_of(run),
        "times": [(name, moments.exact(at, now)) for name, at in times if at],
        "open": _open(detail.attempt, detail.shown, now) if run.state == State.RUNNING else None,
        "refresh": None
        if detail.ended
        else RUNNING_REFRESH
        if run.state == State.RUNNING
        else WAITING_REFRESH,
        "attempts": [_attempt(attempt, now) for attempt in reversed(detail.attempts)],
        "arguments": _json({"args": without_secrets(run.args), "kwargs": without_secrets(run.kwargs)}),
        "result": _json(without_secrets(run.result)) if run.state == State.SUCCESSFUL else "",
        "retried_by": detail.retried_by,
        "gate": gate,
        "parked": moments.exact(run.parked_at, now) if run.parked_at else None,
        "waits": moments.ahead(run.run_after, now) if run.state == State.READY else None,
    }


def title_of(run: Run) -> str:
    """The schedule's title, or the task's last name."""
    if run.schedule is None:
        return run.task_path.rpartition(".")[2]
    return run.schedule.title or run.schedule.key


def why_not(run: Run) -> str:
    """The reason in a sentence for what was not run; the detail says with whom or what it has to do."""
    label = str(Reason(run.reason).label) if run.reason in Reason.values else run.reason
    return " ".join(part for part in (label, run.detail) if part)


def attempt_of(run: Run) -> str:
    """'attempt 2/4': the one that runs or ran last; empty before the first."""
    number = run.attempt_count + (run.state == State.RUNNING)
    return f"attempt {number}/{max(number, run.max_attempts)}" if number else ""


def origin_of(run: Run) -> str:
    """'Calendar', 'Run now by Ana'."""
    label = str(Origin(run.origin).label) if run.origin in Origin.values else run.origin
    return f"{label} by {run.requested_by}" if run.requested_by else label


def _took(run: Run) -> str:
    if run.finished_at is None or run.last_attempted_at is None:
        return ""
    return took((run.finished_at - run.last_attempted_at).total_seconds())


def _attempt(attempt: Attempt, now: datetime) -> AttemptCells:
    known = attempt.outcome in Outcome.values
    return AttemptCells(
        number=attempt.number,
        badge=_OUTCOMES[Outcome(attempt.outcome)] if known else Badge(attempt.outcome, "not-run", "minus"),
        worker=attempt.worker,
        started=moments.exact(attempt.started_at, now),
        took=took((attempt.finished_at - attempt.started_at).total_seconds()),
        error_class=attempt.error_class,
        error=attempt.error,
        traceback=attempt.traceback,
        log=by_level(attempt.log),
        progress=progress_of(attempt.progress),
    )


def _open(number: int, shown: OpenAttempt | None, now: datetime) -> OpenCells:
    if shown is None:
        return OpenCells(number, [], None, None)
    return OpenCells(
        number, by_level(shown.log), progress_of(shown.progress), moments.exact(shown.written_at, now)
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
