"""An operator's pause: allowed on every schedule, kept through deploys, and never touched by a sync."""

from __future__ import annotations

from datetime import datetime, timedelta

from rota.exceptions import InvalidInput, Refused
from rota.ledger.connections import writing
from rota.models import Schedule, Version
from rota.schedules import versions
from rota.schedules.find import by_key
from rota.schedules.rows import Change, facts

REASON_LENGTH = 500
LONGEST = timedelta(days=36_525)


def pause(
    key: str, by: str, *, using: str, now: datetime, reason: str = "", until: datetime | None = None
) -> Change:
    """Let the schedule promise nothing from now on, up to and including `until` (aware; None: until resumed).

    Instants in that time become one SKIPPED row. Raises UnknownName; InvalidInput for a wrong `until` or a reason of
    more than 500 characters; Refused when the schedule is paused or retired already.
    """
    _check(reason, until, now)
    with writing(using):
        held = versions.hold(by_key(key, using=using).pk, using=using, now=now)
        row = held.schedule
        _refuse_retired(row)
        if versions.paused_at(row, held.turning):
            raise Refused(f"{key} is paused already, {paused_words(row)}. Resume it first to change that.")
        before = facts(row)
        row.paused_at, row.paused_by = now, by[:200]
        row.paused_reason, row.paused_until = reason, until
        versions.turn(held, f"Paused by {by}", using=using)
        return Change(row, before, facts(row))


def resume(key: str, by: str, *, using: str, now: datetime) -> Change:
    """End a pause now. What fell into it stays skipped: resuming is not catch-up.

    Raises UnknownName; Refused when the schedule is not paused, or is retired.
    """
    with writing(using):
        held = versions.hold(by_key(key, using=using).pk, using=using, now=now)
        row = held.schedule
        _refuse_retired(row)
        if not versions.paused_at(row, held.turning):
            raise Refused(f"{key} is not paused.")
        before = facts(row)
        _clear(row)
        versions.turn(held, f"Resumed by {by}", using=using)
        return Change(row, before, facts(row))


def clear_expired(*, using: str, now: datetime) -> list[str]:
    """Take the pauses whose end has come off the rows; returns the keys. The versions ended them in time already."""
    over = Schedule.objects.using(using).filter(paused_until__lte=now)
    return [key for pk, key in over.values_list("pk", "key") if _clear_one(pk, using=using, now=now)]


def paused_words(row: Schedule) -> str:
    """'by Ana since 2026-11-19 08:00 UTC until …: stock take'."""
    until = f" until {row.paused_until:%Y-%m-%d %H:%M} UTC" if row.paused_until else ""
    since = f" since {row.paused_at:%Y-%m-%d %H:%M} UTC" if row.paused_at else ""
    reason = f": {row.paused_reason}" if row.paused_reason else ""
    return f"by {row.paused_by or 'somebody'}{since}{until}{reason}"


def _clear_one(schedule_id: int, *, using: str, now: datetime) -> bool:
    with writing(using):
        row = versions.hold(schedule_id, using=using, now=now).schedule
        if row.paused_until is None or row.paused_until > now:
            return False
        _clear(row)
        current = (
            Version.objects.using(using).filter(schedule=row, valid_from__lte=now).order_by("-number").first()
        )
        row.version = current.number if current else row.version
        row.save(using=using)
        return True


def _clear(row: Schedule) -> None:
    row.paused_at = row.paused_until = None
    row.paused_by = row.paused_reason = ""


def _refuse_retired(row: Schedule) -> None:
    if row.retired_at is not None:
        raise Refused(f"{row.key} is retired since {row.retired_at:%Y-%m-%d %H:%M} UTC: it promises nothing.")


def _check(reason: str, until: datetime | None, now: datetime) -> None:
    if len(reason) > REASON_LENGTH:
        raise InvalidInput(f"reason: expected at most {REASON_LENGTH} characters, got {len(reason)}.")
    if until is None:
        return
    if until.tzinfo is None:
        raise InvalidInput(f"until: expected a time with its zone, got {until:%Y-%m-%d %H:%M} without one.")
    if until <= now:
        raise InvalidInput(f"until: expected a time ahead, got {until:%Y-%m-%d %H:%M %Z}, which has passed.")
    if until - now > LONGEST:
        raise InvalidInput(
            "until: expected a time within a hundred years; leave it out to pause without an end."
        )
