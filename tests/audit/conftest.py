"""A written chain to look at and to damage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from rota.audit.actor import Actor
from rota.audit.record import record
from rota.models import AuditEntry

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
ANA = Actor("Ana Bianchi", id="7", channel="dashboard", ip="10.1.4.7", user_agent="Firefox")


@pytest.fixture
def write() -> Callable[..., AuditEntry]:
    """Write one entry, a minute after the one before it."""

    def write(subject: str = "nightly", **rest: object) -> AuditEntry:
        now = START + timedelta(minutes=AuditEntry.objects.count())
        return record(ANA, "paused", subject, using="default", now=rest.pop("now", now), **rest)

    return write


@pytest.fixture
def chain_of_six(db: None, write: Callable[..., AuditEntry]) -> list[AuditEntry]:
    return [write(f"schedule-{n}", before={"paused": False}, after={"paused": True}) for n in range(1, 7)]
