"""How far each schedule is planned. Editors of schedules turn the cursor; the planner moves it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from rota.ledger import wake
from rota.ledger.connections import writing
from rota.models import Cursor, Schedule


def open_cursor(schedule: Schedule, *, using: str, now: datetime) -> None:
    """Begin to plan a schedule: what was due before `now` is nobody's promise. In the caller's transaction."""
    Cursor.objects.using(using).create(
        schedule=schedule, planned_until=now, next_due_at=now, critical=schedule.critical
    )
    wake.schedulers(using=using)


def turn(schedule_id: int, *, using: str, now: datetime) -> datetime:
    """Lock a schedule's cursor and return T: until T the old definition holds, after T the new one.

    In the caller's transaction, which writes the versions. A planner that computed with the old versions finds the
    revision changed and starts over; the hint is lowered to T, so planners look again at once.
    """
    cursor = Cursor.objects.using(using).select_for_update().get(pk=schedule_id)
    moment = max(now, cursor.planned_until)
    Cursor.objects.using(using).filter(pk=schedule_id).update(
        revision=F("revision") + 1,
        # Until T nothing new is due that the old hint did not know; after T the planner must compute afresh.
        next_due_at=min(moment, cursor.next_due_at or moment),
        failures=0,
        error="",
    )
    wake.schedulers(using=using)
    return moment


def rank(schedule_id: int, *, critical: bool, using: str) -> None:
    """Let the planner take a schedule before the others, or no longer. In the caller's transaction, after `turn`."""
    Cursor.objects.using(using).filter(pk=schedule_id).exclude(critical=critical).update(critical=critical)


def lower_hints(*, using: str, now: datetime) -> int:
    """Have every schedule's next instant computed afresh: after a new tz database or a new version of rota."""
    later = Q(next_due_at__gt=now) | Q(next_due_at__isnull=True)
    with writing(using):
        return Cursor.objects.using(using).filter(later).update(next_due_at=now)
