"""Stop planning when the clock cannot be believed, until a person accepts the time."""

from __future__ import annotations

from datetime import datetime

from rota.ledger.connections import writing
from rota.models import Halt


def open_halt(*, using: str) -> Halt | None:
    """The halt in force, if there is one. It outlives a restart."""
    return Halt.objects.using(using).filter(accepted_at__isnull=True).order_by("pk").first()


def write_halt(*, at: datetime, expected_at: datetime, detail: str, using: str) -> Halt:
    """Halt planning, unless it is halted already; returns the halt in force."""
    with writing(using):
        return open_halt(using=using) or Halt.objects.using(using).create(
            at=at, expected_at=expected_at, detail=detail[:500]
        )


def accept(*, by: str, using: str, now: datetime) -> int:
    """A person says that the time is right: planning goes on. Returns how many halts that ended."""
    with writing(using):
        return (
            Halt.objects.using(using)
            .filter(accepted_at__isnull=True)
            .update(accepted_at=now, accepted_by=by[:200])
        )
