"""Create, change and retire the schedules that the database owns. What code owns is changed in the code."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Unpack, cast

from django.db import IntegrityError

from rota import timing
from rota.exceptions import InvalidInput, Refused
from rota.ledger.connections import writing
from rota.models import Schedule, Source
from rota.policies import Definition
from rota.schedules import versions
from rota.schedules.commands import TASK_PATH, Command
from rota.schedules.declaration import Declaration, Target, build
from rota.schedules.find import by_key
from rota.schedules.options import Options
from rota.schedules.rows import Change, facts, write_definition


def create(
    key: str,
    calendar: str,
    target: Target | str,
    *,
    by: str,
    using: str,
    now: datetime,
    **given: Unpack[Options],
) -> Change:
    """A new schedule, or a retired one taken up again under its key, with its history.

    Checked as a declaration in code is. Raises InvalidInput (UnknownName for a task) with a sentence; a calendar that
    lies wholly in the past is refused, one that can never fire is accepted and runs by hand. Refused when the key, or
    one too like it, is taken.
    """
    said = build(key, calendar, target, **given)
    _refuse_past(said, now)
    with writing(using):
        found = _same_key(key, using)
        if found is None:
            return _insert(said, f"Created by {by}", using, now)
        if found.retired_at is None or found.key != key:
            raise Refused(f"There is a schedule {found.key!r} already, owned by {_owner(found)}.")
        return _rewrite(found.key, said, f"Created again by {by}", using, now, revive=True)


def change(key: str, *, by: str, using: str, now: datetime, **given: Any) -> Change:
    """Change what a database-owned schedule says; what is not given stays. Runs that are due already stay as they are.

    `given` may hold `calendar`, `task` (a path or rota.command(...)) and the options of a declaration.
    Raises UnknownName, InvalidInput; Refused for a code-owned or a retired schedule, or when nothing would change.
    """
    row = by_key(key, using=using)
    _refuse_others(row)
    said = _changed(row, dict(given))
    if said.definition.calendar != row.calendar:
        _refuse_past(said, now)
    with writing(using):
        return _rewrite(key, said, f"Changed by {by}", using, now)


def retire(key: str, *, by: str, using: str, now: datetime) -> Change:
    """Let a database-owned schedule promise nothing any more. Its history and its key are kept.

    Raises UnknownName; Refused for a code-owned one, or one that is retired already.
    """
    with writing(using):
        held = versions.hold(by_key(key, using=using).pk, using=using, now=now)
        row = held.schedule
        _refuse_others(row)
        before = facts(row)
        row.retired_at = held.turning
        versions.turn(held, f"Retired by {by}", using=using)
        return Change(row, before, facts(row))


def _insert(said: Declaration, note: str, using: str, now: datetime) -> Change:
    row = Schedule(key=said.key, source=Source.DATABASE, created_at=now, updated_at=now)
    write_definition(row, said)
    try:
        with writing(using):
            row.save(using=using, force_insert=True)
    except IntegrityError:
        raise Refused(f"There is a schedule {said.key!r} already; somebody created it just now.") from None
    versions.begin(row, note, using=using, now=now)
    return Change(row, None, facts(row))


def _rewrite(
    key: str, said: Declaration, note: str, using: str, now: datetime, *, revive: bool = False
) -> Change:
    held = versions.hold(by_key(key, using=using).pk, using=using, now=now)
    row = held.schedule
    if not revive:
        _refuse_others(row)
    before = facts(row)
    write_definition(row, said)
    if not revive and facts(row) == before:
        raise Refused(f"{key} says that already: nothing was changed.")
    row.source, row.retired_at = Source.DATABASE, None
    versions.turn(held, note, using=using)
    return Change(row, before, facts(row))


def _changed(row: Schedule, given: dict[str, Any]) -> Declaration:
    now_said = Definition.from_json(row.definition)
    calendar, target = given.pop("calendar", now_said.calendar), given.pop("task", None)
    kept = _options(row, now_said)
    dropped = {other for name, others in _GOES_WITH.items() if name in given for other in others}
    if target is None:
        target = _target(now_said)
        dropped |= _OF_THE_ARGUMENTS if isinstance(target, Command) else set()
    elif target != now_said.task_path:
        dropped |= _OF_THE_TASK
    options = {name: value for name, value in kept.items() if name not in dropped} | given
    return build(row.key, calendar, target, **cast(Options, options))


_GOES_WITH = {"timeout": ("hard_timeout",), "critical": ("window",)}
"""Options whose default follows another one: they are not kept when that one is given."""
_OF_THE_ARGUMENTS = {"args", "kwargs"}
_OF_THE_TASK = _OF_THE_ARGUMENTS | {
    "description", "queue_name", "priority", "retry", "timeout", "hard_timeout", "at_most_once",
    "concurrency", "rate",
}  # fmt: skip


def _options(row: Schedule, said: Definition) -> dict[str, Any]:
    return {
        "title": row.title,
        "category": row.category,
        "description": row.description,
        "args": said.args,
        "kwargs": said.kwargs,
        "catch_up": said.catch_up,
        "window": said.catch_up_window,
        "cap": said.catch_up_cap,
        "overlap": said.overlap,
        "critical": said.critical,
        "jitter": said.jitter,
        "queue_name": said.queue_name,
        "priority": said.priority,
        "retry": said.terms.retry,
        "timeout": said.terms.soft_timeout,
        "hard_timeout": said.terms.hard_timeout,
        "at_most_once": said.terms.at_most_once,
        "concurrency": said.terms.concurrency,
        "rate": said.terms.rate,
    }


def _target(said: Definition) -> Target | str:
    if said.task_path != TASK_PATH:
        return said.task_path
    held = said.kwargs
    return Command(held["name"], tuple(held.get("args", ())), dict(held.get("options", {})))


def _same_key(key: str, using: str) -> Schedule | None:
    """The schedule with this key, or with one that differs only in case, - and _."""
    keys = Schedule.objects.using(using).values_list("key", flat=True)
    alike = [known for known in keys if known.lower().replace("-", "_") == key.lower().replace("-", "_")]
    best = key if key in alike else next(iter(alike), None)
    return None if best is None else by_key(best, using=using)


def _refuse_others(row: Schedule) -> None:
    if row.source == Source.CODE:
        where = f" ({row.origin})" if row.origin else ""
        raise Refused(
            f"{row.key} is owned by code{where}: change it there. It can be paused and run by hand here."
        )
    if row.retired_at is not None:
        raise Refused(
            f"{row.key} is retired since {row.retired_at:%Y-%m-%d %H:%M} UTC: create it again first."
        )


def _refuse_past(said: Declaration, now: datetime) -> None:
    calendar = timing.parse(said.definition.calendar)
    if not calendar.impossible and calendar.next(now) is None:
        raise InvalidInput(
            f"{said.key!r}: expected a calendar with an instant ahead, got {said.definition.calendar!r}, "
            f"which has passed (it is {now:%Y-%m-%d %H:%M} UTC). To run the task at once, use run now."
        )


def _owner(row: Schedule) -> str:
    return f"code ({row.origin})" if row.source == Source.CODE else "the database"
