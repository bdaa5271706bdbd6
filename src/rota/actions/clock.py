"""Accept the time after planning was halted by a clock that jumped."""

from __future__ import annotations

from datetime import datetime

from rota.actions.audited import Act, Done, carry_out
from rota.audit.actor import Actor
from rota.exceptions import Refused
from rota.ledger import halts


def accept_clock(actor: Actor, reason: str = "") -> datetime:
    """Say that the database's time is right, so that planning goes on. Returns that time.

    Refused when planning is not halted.
    """

    def work(using: str, now: datetime) -> Done[datetime]:
        halt = halts.open_halt(using=using)
        if halt is None:
            raise Refused("Planning is not halted: there is no clock to accept.")
        halts.accept(by=actor.name, using=using, now=now)
        return Done(now, before={"halt": halt.detail}, after={"accepted": now.isoformat()})

    return carry_out(Act(actor=actor, verb="clock.accept", subject="clock", reason=reason), work)
