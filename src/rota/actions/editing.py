"""Create, change and retire schedules that the database owns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Unpack

from rota.actions.audited import Act, Done, carry_out
from rota.actions.pausing import done
from rota.audit.actor import Actor
from rota.models import Schedule
from rota.queries.schedules import find
from rota.schedules import edit
from rota.schedules.declaration import Target
from rota.schedules.options import Options


def create_schedule(
    key: str,
    calendar: str,
    target: Target | str,
    actor: Actor,
    *,
    reason: str = "",
    **options: Unpack[Options],
) -> Schedule:
    """A new schedule of a task (its path) or of `rota.command(...)`; see `rota.schedules.edit.create`."""

    def work(using: str, now: datetime) -> Done[Schedule]:
        return done(edit.create(key, calendar, target, by=actor.name, using=using, now=now, **options))

    asked = {"calendar": calendar, "task": str(target)}
    act = Act(actor=actor, verb="schedule.create", subject=key[:250], reason=reason, asked=asked)
    return carry_out(act, work)


def change_schedule(key: str, actor: Actor, *, reason: str = "", **given: Any) -> Schedule:
    """Change what is given (`calendar`, `task`, options) and nothing else; see `rota.schedules.edit.change`."""

    def work(using: str, now: datetime) -> Done[Schedule]:
        return done(edit.change(find(key, using=using).key, by=actor.name, using=using, now=now, **given))

    asked = {name: str(value) for name, value in given.items()}
    return carry_out(
        Act(actor=actor, verb="schedule.change", subject=key[:250], reason=reason, asked=asked), work
    )


def retire_schedule(key: str, actor: Actor, *, reason: str = "") -> Schedule:
    """Let a schedule promise nothing any more; its history stays. Raises UnknownName, Refused (code owns it)."""

    def work(using: str, now: datetime) -> Done[Schedule]:
        return done(edit.retire(find(key, using=using).key, by=actor.name, using=using, now=now))

    return carry_out(Act(actor=actor, verb="schedule.retire", subject=key[:250], reason=reason), work)
