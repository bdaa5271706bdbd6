"""A run, a schedule, in text and in JSON: the same wherever they are shown."""

from __future__ import annotations

import dataclasses
from typing import Any

from rota.management.output import Cell, Output
from rota.models import Attempt, Reason, Run, State
from rota.queries.progress import Progress, progress_of
from rota.queries.runs import Detail
from rota.queries.waiting import Waits
from rota.queries.words import duration


def tell_runs(found: list[Run], out: Output, *, with_reason: bool = True) -> None:
    """A table of runs, or a JSON list."""
    if out.json:
        out.data([run_facts(run) for run in found])
        return
    heads = ("RUN", "STATE", "SCHEDULE OR TASK", "DUE", "ENQUEUED", "FINISHED", "ATTEMPT", "NOTE")
    out.table(heads, [_row(run, out, with_reason) for run in found])


def _row(run: Run, out: Output, with_reason: bool) -> list[Cell | str]:
    due = out.time(run.due_at or run.nominal_at)
    if run.due_count > 1:
        due = f"{due} … {out.time(run.due_until)} ({run.due_count:,})"
    note = " ".join(filter(None, [f"({run.reason})" if run.reason else "", run.detail or run.settled_note]))
    return [
        str(run.pk),
        out.mark(run.state, str(State(run.state).label) if run.state in State.values else run.state),
        run.schedule.key if run.schedule else run.task_path,
        due,
        out.time(run.enqueued_at),
        out.time(run.finished_at),
        f"{run.attempt_count} of {run.max_attempts}" if run.attempt_count else "",
        ("recovered " if run.recovered else "") + (note if with_reason else ""),
    ]


def tell_run(found: Detail, out: Output, waits: Waits | None = None) -> None:
    """One run with everything that happened to it, and what it waits for at a gate."""
    run = found.run
    if out.json:
        attempts = [attempt_facts(one) for one in found.attempts]
        more = {name: getattr(run, name) for name in ("result", "args", "kwargs")}
        out.data({**run_facts(run), "attempts": attempts, "shown": shown_facts(found),
                  "retried_by": found.retried_by, "waits": waits and dataclasses.asdict(waits), **more})  # fmt: skip
        return
    out.pairs(_described(found, out) | _told(waits))
    for attempt in found.attempts:
        _tell_attempt(attempt, out)
    if found.shown:
        out.line()
        out.line(f"Attempt {found.attempt}: running, as of {out.time(found.shown.written_at)}")
        _tell_shown(progress_of(found.shown.progress), found.shown.log, out)


def shown_facts(found: Detail) -> dict[str, Any] | None:
    """What the attempt that is running shows, as JSON has it; None when nothing was written yet."""
    shown = found.shown
    if shown is None:
        return None
    return {name: getattr(shown, name) for name in ("number", "progress", "log", "written_at")}


def _described(found: Detail, out: Output) -> dict[str, str]:
    run = found.run
    arguments = " ".join([*map(repr, run.args), *(f"{name}={value!r}" for name, value in run.kwargs.items())])
    attempt = f", attempt {found.attempt} of {run.max_attempts}" if found.attempt else ""
    span = f" … {out.time(run.due_until)}, {run.due_count:,} instants" if run.due_count > 1 else ""
    return {
        "Run": str(run.pk),
        "State": out.mark(run.state, run.state).text + attempt,
        "Reason": " ".join(filter(None, [_reason(run), run.detail])),
        "Parked": f"{out.time(run.parked_at)}: no live worker knows its task" if run.parked_at else "",
        "Schedule": f"{run.schedule.key} (version {run.version})" if run.schedule else "",
        "Task": run.task_path,
        "Arguments": arguments,
        "Queue": f"{run.queue_name}, priority {run.priority}",
        "Asked by": f"{run.origin}{', ' + run.requested_by if run.requested_by else ''}",
        "Due": out.time(run.due_at) + span,
        "Works for": out.time(run.nominal_at),
        "Recovered": "yes: it was due in an outage" if run.recovered else "",
        "Enqueued": out.time(run.enqueued_at),
        "Not before": out.time(run.run_after),
        "Started": out.time(run.started_at),
        "Finished": out.time(run.finished_at),
        "Took": duration(found.seconds),
        "Result": "" if run.result is None else str(run.result),
        "Retry of": str(run.retry_of or ""),
        "Run again as": ", ".join(map(str, found.retried_by)),
        "Settled": f"{out.time(run.settled_at)} {run.settled_note}" if run.settled_at else "",
    }  # fmt: skip


def _told(waits: Waits | None) -> dict[str, str]:
    if waits is None:
        return {}
    more = waits.holding - len(waits.held_by)
    held_by = ", ".join(map(str, waits.held_by)) + (f" and {more:,} more" if more > 0 else "")
    return {"Waits": f"({waits.gate}) {waits.why}", "Places held by": held_by}


def _reason(run: Run) -> str:
    return str(Reason(run.reason).label) if run.reason in Reason.values else run.reason


def _tell_attempt(attempt: Attempt, out: Output) -> None:
    took = duration((attempt.finished_at - attempt.started_at).total_seconds())
    out.line()
    out.line(
        f"Attempt {attempt.number}: {attempt.outcome} after {took} on {attempt.worker}, {out.time(attempt.started_at)}"
    )
    _tell_shown(progress_of(attempt.progress), attempt.log, out)
    for line in (attempt.traceback or attempt.error).splitlines():
        out.line(f"  {line}")


def _tell_shown(progress: Progress | None, log: str, out: Output) -> None:
    if progress:
        out.line(f"  {progress.words}  {progress.text}".rstrip())
    for line in log.splitlines():
        out.line(f"  {line}")


def run_facts(run: Run) -> dict[str, Any]:
    """A run as JSON has it."""
    names = (
        "id", "state", "reason", "detail", "origin", "requested_by", "version", "due_at", "due_until", "due_count",
        "nominal_at", "recovered", "task_path", "queue_name", "priority", "run_after", "enqueued_at", "started_at",
        "finished_at", "attempt_count", "max_attempts", "parked_at", "retry_of", "settled_at", "settled_note",
    )  # fmt: skip
    return {
        "schedule": run.schedule.key if run.schedule else None,
        **{name: getattr(run, name) for name in names},
    }


def attempt_facts(attempt: Attempt) -> dict[str, Any]:
    """An attempt that has ended, as JSON has it."""
    names = (
        "number",
        "outcome",
        "started_at",
        "finished_at",
        "worker",
        "error_class",
        "error",
        "traceback",
        "log",
        "progress",
    )
    return {name: getattr(attempt, name) for name in names}
