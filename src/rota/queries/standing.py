"""How a schedule stands now, in a word and a sentence: never a bare "Never"."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from rota.models import Cursor, Run, Schedule, State
from rota.queries import calendars
from rota.queries.processes import Alive
from rota.queries.words import coarse, relative, several


@dataclasses.dataclass(frozen=True)
class Standing:
    """`kind` is for machines: a run's state in lower case, or retired, paused, manual, never."""

    kind: str
    word: str
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is true of all schedules at once; read once for a whole page."""

    now: datetime
    alive: Alive
    started_before: bool
    """Whether any scheduler ever ran."""
    halted: str = ""
    """Why planning stands still, if it does."""


def standing(schedule: Schedule, last: Run | None, cursor: Cursor | None, facts: Facts) -> Standing:
    """Retired and paused come first, then what the last run did; without one, why there is none."""
    if schedule.retired_at is not None:
        return Standing("retired", "Retired", f"since {_day(schedule.retired_at)}: it promises nothing")
    if is_paused(schedule, facts.now):
        return Standing("paused", "Paused", paused_words(schedule))
    if last is not None:
        return Standing(last.state.lower(), str(State(last.state).label), _about(last, facts))
    if schedule.impossible:
        return Standing("manual", "Manual only", why_never(schedule, None, cursor, facts))
    return Standing("never", "Never run", why_never(schedule, None, cursor, facts))


def why_never(schedule: Schedule, waiting: Run | None, cursor: Cursor | None, facts: Facts) -> str:
    """Why the schedule has not run, in one sentence; the first reason that holds, in the order of the journey.

    `waiting` is a run of it that is READY, if there is one.
    """
    if schedule.retired_at is not None:
        return f"It is retired since {_day(schedule.retired_at)}."
    if is_paused(schedule, facts.now):
        return f"It is paused {paused_words(schedule)}."
    if waiting is None and schedule.impossible:
        return "Its calendar never comes; it runs only by hand."
    return _why_not_planned(schedule, waiting, cursor, facts) or _why_not_begun(schedule, waiting, facts)


def is_paused(schedule: Schedule, now: datetime) -> bool:
    """Whether an operator's pause holds now."""
    return schedule.paused_at is not None and (schedule.paused_until is None or now < schedule.paused_until)


def paused_words(schedule: Schedule) -> str:
    """'by Ana since 2026-11-19 08:00 UTC until …: stock take'."""
    until = f" until {_day(schedule.paused_until)}" if schedule.paused_until else ""
    reason = f": {schedule.paused_reason}" if schedule.paused_reason else ""
    since = f" since {_day(schedule.paused_at)}" if schedule.paused_at else ""
    return f"by {schedule.paused_by or 'somebody'}{since}{until}{reason}"


def _why_not_planned(schedule: Schedule, waiting: Run | None, cursor: Cursor | None, facts: Facts) -> str:
    if facts.halted:
        return f"Planning is halted: {facts.halted}"
    if not facts.alive.schedulers and waiting is None:
        ever = "No scheduler is alive." if facts.started_before else "No scheduler has ever been started."
        return f"{ever} Start one with: manage.py rota run"
    if cursor is not None and cursor.error:
        return f"It cannot be planned: {cursor.error}"
    if waiting is not None:
        return ""
    upcoming = calendars.upcoming(schedule, facts.now)
    if not upcoming:
        return "Its calendar has no instant left."
    return f"Its first run is still ahead: {_day(upcoming[0])}, {relative(upcoming[0], facts.now)}."


def _why_not_begun(schedule: Schedule, waiting: Run | None, facts: Facts) -> str:
    queue = waiting.queue_name if waiting else schedule.definition.get("queue_name", "default")
    if not facts.alive.serving(queue):
        return f"The queue {queue!r} has no live worker. Start one with: manage.py rota run --queues {queue}"
    if not facts.alive.knowing(schedule.task_path, queue):
        return f"No live worker of the queue {queue!r} knows the task {schedule.task_path}."
    if waiting is not None and waiting.parked_at is not None:
        return "It is parked: no worker knew its task. It goes on when one that does is started."
    return "It waits for a worker."


def _about(last: Run, facts: Facts) -> str:
    if last.state == State.READY:
        return _about_ready(last, facts)
    if last.state == State.HELD:
        return "waits for a decision: release or drop it"
    if last.state == State.RUNNING:
        since = f"since {coarse((facts.now - last.started_at).total_seconds())}, " if last.started_at else ""
        return f"{since}attempt {last.attempt_count + 1} of {last.max_attempts}"
    if last.state == State.FAILED:
        return f"after attempt {last.attempt_count} of {last.max_attempts}"
    return last.detail


def _about_ready(last: Run, facts: Facts) -> str:
    if last.run_after is not None and last.run_after > facts.now:
        attempt = f"attempt {last.attempt_count + 1} of {last.max_attempts} " if last.attempt_count else ""
        return f"{attempt}{relative(last.run_after, facts.now)}"
    waited = facts.now - last.enqueued_at
    if waited.total_seconds() < 10:
        return "waits for a worker"
    workers = facts.alive.knowing(last.task_path, last.queue_name)
    served = several(len(workers), "worker") if workers else "no live worker"
    return f"waits for {coarse(waited.total_seconds())}, {served} on {last.queue_name!r}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
