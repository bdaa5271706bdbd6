"""All schedules as people see them: what they are, how they stand, what they did and when they are next due."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from rota.exceptions import UnknownName, nearest
from rota.models import Cursor, Halt, Process, Run, Schedule, State
from rota.queries import calendars, outage, processes
from rota.queries.outage import Line, Outage
from rota.queries.standing import Facts, Standing, standing, why_never
from rota.queries.totals import Totals, totals

NOT_RUN = (State.SKIPPED, State.MISSED)


@dataclasses.dataclass(frozen=True)
class LastRun:
    """The newest run that was neither skipped nor missed. Times are UTC; `seconds` is its last attempt's duration."""

    run_id: uuid.UUID
    state: str
    due_at: datetime | None
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None
    attempt: int
    max_attempts: int
    recovered: bool


@dataclasses.dataclass(frozen=True)
class Row:
    """One schedule. `next_run` None: it has none (manual only, over, paused, retired); `standing` says which."""

    schedule: Schedule
    calendar: str
    standing: Standing
    last_run: LastRun | None
    next_run: datetime | None
    totals: Totals
    outage: Line | None
    """What the last outage did to it."""

    @property
    def key(self) -> str:
        """The schedule's key."""
        return self.schedule.key

    @property
    def title(self) -> str:
        """Its title, or its key."""
        return self.schedule.title or self.schedule.key

    @property
    def category(self) -> str:
        """Its category; empty when its owner gave none."""
        return self.schedule.category

    @property
    def queue_name(self) -> str:
        """The queue its runs wait in."""
        return str(self.schedule.definition.get("queue_name", "default"))

    @property
    def owner(self) -> str:
        """'code (shop.tasks:7)', 'code (shop.tasks:7), calendar from ROTA_SCHEDULE_X', 'database'."""
        said = self.schedule
        origin = f" ({said.origin})" if said.origin else ""
        from_environment = f", calendar from {said.calendar_from}" if said.calendar_from else ""
        return f"{said.source}{origin}{from_environment}"

    @property
    def manual_only(self) -> bool:
        """Whether its calendar can never fire."""
        return self.schedule.impossible


def overview(now: datetime, *, using: str, retired: bool = False) -> list[Row]:
    """Every schedule by category and key; the retired ones too when asked. At most 13 queries, however many."""
    schedules = list(_all(using) if retired else _all(using).filter(retired_at__isnull=True))
    return _rows(schedules, now, using, outage.latest(now, using=using))


def row(schedule: Schedule, now: datetime, *, using: str) -> Row:
    """The same for one schedule."""
    return _rows([schedule], now, using, outage.latest(now, using=using))[0]


def find(name: str, *, using: str) -> Schedule:
    """The schedule with this key, where case, `-` and `_` do not count. Raises UnknownName with the nearest keys."""
    keys = list(Schedule.objects.using(using).values_list("key", flat=True))
    same = [key for key in keys if folded(key) == folded(name)]
    if not same:
        raise UnknownName(f"There is no schedule {name[:200]!r}.", nearest(name[:200], keys))
    return Schedule.objects.using(using).get(key=name if name in same else same[0])


def folded(name: str) -> str:
    """The form in which case, `-` and `_` do not count."""
    return name.lower().replace("-", "_")


def facts(now: datetime, *, using: str) -> Facts:
    """What `standing` needs to know about processes and halts; three queries."""
    halt = Halt.objects.using(using).filter(accepted_at__isnull=True).order_by("pk").first()
    return Facts(
        now=now,
        alive=processes.alive(now, using=using),
        started_before=Process.objects.using(using).filter(kind__in=("scheduler", "supervisor")).exists(),
        halted=halt.detail if halt else "",
    )


def why(schedule: Schedule, now: datetime, *, using: str) -> str:
    """Why the schedule does not run, in one sentence."""
    runs = Run.objects.using(using).filter(schedule=schedule, state=State.READY)
    cursor = Cursor.objects.using(using).filter(pk=schedule.pk).first()
    return why_never(schedule, runs.order_by("enqueued_at").first(), cursor, facts(now, using=using))


def _all(using: str) -> QuerySet[Schedule]:
    return Schedule.objects.using(using).order_by("category", "key")


def _rows(schedules: Sequence[Schedule], now: datetime, using: str, story: Outage | None) -> list[Row]:
    ids = [schedule.pk for schedule in schedules]
    only = ids if len(ids) < 50 else None
    counts, last, known = (
        totals(using=using, schedule_ids=only),
        _last_runs(ids, using),
        facts(now, using=using),
    )
    cursors = {cursor.pk: cursor for cursor in Cursor.objects.using(using).exclude(error="")}
    return [
        Row(
            schedule=schedule,
            calendar=calendars.words(schedule.calendar),
            standing=standing(schedule, last.get(schedule.pk), cursors.get(schedule.pk), known),
            last_run=_last(last.get(schedule.pk)),
            next_run=next(iter(calendars.upcoming(schedule, now)), None),
            totals=counts.get(schedule.pk, Totals()),
            outage=story.of(schedule.pk) if story else None,
        )
        for schedule in schedules
    ]


def _last_runs(ids: list[int], using: str) -> dict[int, Run]:
    """One look into the history index per schedule, in one statement."""
    runs = Run.objects.using(using).exclude(state__in=NOT_RUN)
    newest = runs.filter(schedule=OuterRef("pk")).order_by("-enqueued_at", "-pk").values("pk")[:1]
    picked = (
        Schedule.objects.using(using).filter(pk__in=ids).order_by().values_list(Subquery(newest), flat=True)
    )
    found = Run.objects.using(using).filter(pk__in=[pk for pk in picked if pk])
    return {
        run.schedule_id: run for run in found.defer("args", "kwargs", "result", "terms") if run.schedule_id
    }


def _last(run: Run | None) -> LastRun | None:
    if run is None:
        return None
    began, ended = run.last_attempted_at, run.finished_at
    return LastRun(
        run_id=run.pk,
        state=run.state,
        due_at=run.due_at or run.nominal_at,
        enqueued_at=run.enqueued_at,
        started_at=run.started_at,
        finished_at=ended,
        seconds=(ended - began).total_seconds() if began and ended else None,
        attempt=run.attempt_count,
        max_attempts=run.max_attempts,
        recovered=run.recovered,
    )
