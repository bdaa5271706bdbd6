"""Pause and resume a schedule."""

from __future__ import annotations

from datetime import datetime

from rota.actions.audited import Act, Done, carry_out
from rota.audit.actor import Actor
from rota.models import Schedule
from rota.queries.schedules import find
from rota.schedules import pausing
from rota.schedules.rows import Change


def pause(key: str, actor: Actor, reason: str = "", until: datetime | None = None) -> Schedule:
    """Let a schedule promise nothing from now on, up to `until` (aware) or until it is resumed.

    Raises UnknownName, InvalidInput (`until` has passed), Refused (it is paused or retired).
    """

    def work(using: str, now: datetime) -> Done[Schedule]:
        exact = find(key, using=using).key
        return done(pausing.pause(exact, actor.name, using=using, now=now, reason=reason, until=until))

    return carry_out(Act(actor=actor, verb="schedule.pause", subject=key[:250], reason=reason), work)


def resume(key: str, actor: Actor, reason: str = "") -> Schedule:
    """End a pause now; what fell into it stays skipped. Raises UnknownName, Refused (it is not paused)."""

    def work(using: str, now: datetime) -> Done[Schedule]:
        return done(pausing.resume(find(key, using=using).key, actor.name, using=using, now=now))

    return carry_out(Act(actor=actor, verb="schedule.resume", subject=key[:250], reason=reason), work)


def done(change: Change) -> Done[Schedule]:
    """A changed schedule, as the audit keeps it."""
    return Done(change.schedule, change.before, change.after, change.schedule.key)
