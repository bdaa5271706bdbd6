"""Make the ledger true up to now: every instant since the cursor becomes a row, whatever is to become of it.

Any number of schedulers may plan at once. What is due is computed outside any transaction; writing it locks the
cursors, compares their revisions and passes over what somebody else has planned meanwhile.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, Q

from rota import conf
from rota.ledger import quarantine
from rota.ledger.judge import Judged, judge
from rota.ledger.record import record
from rota.ledger.spans import next_due, spans
from rota.models import Cursor, Run, Version


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A row that a round wrote."""

    key: str
    due_at: datetime
    due_until: datetime | None
    due_count: int
    state: str
    reason: str
    recovered: bool
    critical: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Planned:
    """What a round did. `more` says that another round would find something due at once."""

    schedules: int
    entries: list[Entry]
    more: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """What a round will write for one schedule, if nobody else wrote first."""

    cursor: Cursor
    judged: Judged
    gap_end: datetime | None
    next_due_at: datetime | None


def plan_due(*, using: str, now: datetime, limit: int = 500) -> Planned:
    """One round over at most `limit` schedules, critical ones first. `now` is the database's time.

    One broken schedule never spoils the others: its cursor stays where it is, its error is kept on it, and it is
    tried again later and later.
    """
    cursors = _due(using, now, limit)
    drafts = _drafted(cursors, using, now)
    runs = record(drafts, using=using, now=now)
    by_schedule = {cursor.pk: cursor for cursor in cursors}
    entries = [_entry(run, by_schedule[run.schedule_id]) for run in runs if run.schedule_id is not None]
    due_again = any(draft.next_due_at is not None and draft.next_due_at <= now for draft in drafts)
    return Planned(len(drafts), entries, more=due_again or len(cursors) == limit)


def next_due_at(*, using: str) -> datetime | None:
    """When the next schedule is due, or None when none ever is again."""
    found: datetime | None = Cursor.objects.using(using).aggregate(soonest=Min("next_due_at"))["soonest"]
    return found


def _due(using: str, now: datetime, limit: int) -> list[Cursor]:
    due = (
        Cursor.objects.using(using)
        .filter(next_due_at__lte=now)
        .select_related("schedule")
        .order_by("next_due_at")
    )
    critical = list(due.filter(critical=True)[:limit])
    return critical + list(due.filter(critical=False)[: limit - len(critical)])


def _drafted(cursors: Sequence[Cursor], using: str, now: datetime) -> list[Draft]:
    versions = _versions(cursors, using)
    drafts = []
    for cursor in cursors:
        try:
            drafts.append(draft(cursor, versions.get(cursor.pk, []), now))
        except Exception as error:  # noqa: BLE001 - whatever a stored calendar can raise concerns this schedule alone
            quarantine.quarantine(cursor, error, using=using, now=now)
    return drafts


def _versions(cursors: Sequence[Cursor], using: str) -> dict[int, list[Version]]:
    if not cursors:
        return {}
    oldest = min(cursor.planned_until for cursor in cursors)
    found: dict[int, list[Version]] = {}
    wanted = Version.objects.using(using).filter(schedule__in=[cursor.pk for cursor in cursors])
    for version in wanted.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=oldest)):
        found.setdefault(version.schedule_id, []).append(version)
    return found


def draft(cursor: Cursor, versions: list[Version], now: datetime) -> Draft:
    """What is to be written for one schedule. Raises whatever its stored calendar raises."""
    until = cursor.gap_end or max(now, cursor.planned_until)
    parts = spans(versions, cursor.planned_until, until)
    judged = judge(parts, gap_end=until, late_after=conf.current().LATE_AFTER, until=until)
    if judged.planned_until < until:
        return Draft(cursor, judged, gap_end=until, next_due_at=judged.planned_until)
    return Draft(cursor, judged, gap_end=None, next_due_at=next_due(versions, until))


def _entry(run: Run, cursor: Cursor) -> Entry:
    return Entry(
        key=cursor.schedule.key,
        critical=cursor.critical,
        due_at=run.due_at or cursor.planned_until,
        due_until=run.due_until,
        due_count=run.due_count,
        state=run.state,
        reason=run.reason,
        recovered=run.recovered,
    )
