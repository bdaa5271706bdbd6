"""What a schedule says from which instant on: the one place that opens and closes `Version` rows.

Every change happens under the cursor's lock. The cursor is locked before the schedule's row, as the planner does it
(its inserts touch the schedule's row after the cursor's), so that the two cannot wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connections
from django.db.models import Max, Q

from rota.ledger import cursors
from rota.models import Schedule, Version


class Held(NamedTuple):
    """A schedule that is locked, and the instant from which a change of it counts."""

    schedule: Schedule
    turning: datetime


class Span(NamedTuple):
    """One version to open: in force in (since, until]."""

    since: datetime
    until: datetime | None
    paused: bool


def hold(schedule_id: int, *, using: str, now: datetime) -> Held:
    """Lock cursor and schedule, inside the caller's transaction.

    `turning` is the later of `now` and the last planned instant: what is planned already is not judged again.
    """
    turning = cursors.turn(schedule_id, using=using, now=now)
    # Where the database knows the weaker lock, runs that point at the schedule are still inserted meanwhile.
    no_key = connections[using].features.has_select_for_no_key_update
    schedule = Schedule.objects.using(using).select_for_update(no_key=no_key).get(pk=schedule_id)
    return Held(schedule, turning)


def begin(schedule: Schedule, note: str, *, using: str, now: datetime) -> None:
    """The first version of a new schedule, and its cursor. It promises nothing before `now`."""
    cursors.open_cursor(schedule, using=using, now=now)
    _open(schedule, [Span(now, None, False)], note, 0, using=using)


def turn(held: Held, note: str, *, using: str) -> None:
    """Close what was in force at the turning instant and let what the row says now be in force after it.

    The caller has put definition, pause and retirement on `held.schedule`; `version` follows here, and the row is
    saved. A pause with an end gives two versions: the paused one up to there, and the active one after it.
    """
    schedule, turning = held
    rows = Version.objects.using(using).filter(schedule=schedule)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    # Versions that would have begun later (after the end of a pause) have judged nothing yet.
    rows.filter(valid_from__gt=turning).delete()
    rows.filter(Q(valid_to=None) | Q(valid_to__gt=turning)).update(valid_to=turning)
    _open(schedule, _spans(schedule, turning), note, last, using=using)
    schedule.updated_at = turning
    schedule.save(using=using)
    cursors.rank(schedule.pk, critical=schedule.critical, using=using)


def paused_at(schedule: Schedule, moment: datetime) -> bool:
    """Whether an operator's pause covers `moment`."""
    return schedule.paused_at is not None and (
        schedule.paused_until is None or moment < schedule.paused_until
    )


def _spans(schedule: Schedule, turning: datetime) -> list[Span]:
    if schedule.retired_at is not None:
        return []
    if not paused_at(schedule, turning):
        return [Span(turning, None, False)]
    if schedule.paused_until is None:
        return [Span(turning, None, True)]
    return [Span(turning, schedule.paused_until, True), Span(schedule.paused_until, None, False)]


def _open(schedule: Schedule, spans: list[Span], note: str, last: int, *, using: str) -> None:
    if spans:
        schedule.version = last + 1
    Version.objects.using(using).bulk_create(
        Version(
            schedule=schedule,
            number=last + place,
            definition=schedule.definition,
            paused=span.paused,
            note=_note(schedule, note) if span.paused else note,
            valid_from=span.since,
            valid_to=span.until,
        )
        for place, span in enumerate(spans, start=1)
    )


def _note(schedule: Schedule, note: str) -> str:
    reason = f": {schedule.paused_reason}" if schedule.paused_reason else ""
    return f"Paused by {schedule.paused_by}{reason}"[:500] if schedule.paused_by else note
