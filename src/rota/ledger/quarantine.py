"""Set a schedule that cannot be planned aside, for longer each time, without moving its cursor."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import F

from rota.ledger import safe
from rota.ledger.connections import writing
from rota.models import Cursor

LONGEST = 300.0
"""Seconds between two tries at most."""

logger = logging.getLogger("rota")


def quarantine(cursor: Cursor, error: Exception, *, using: str, now: datetime) -> None:
    """Keep the error on the cursor and look at the schedule again later. Nothing is planned, so nothing is lost."""
    wait = min(2.0 ** min(cursor.failures, 16), LONGEST)
    text = safe.text(f"{type(error).__name__}: {error}", 2000)
    unchanged = Cursor.objects.using(using).filter(pk=cursor.pk, revision=cursor.revision)
    with writing(using):
        unchanged.update(
            failures=F("failures") + 1,
            error=text,
            next_due_at=now + timedelta(seconds=wait),
            revision=F("revision") + 1,
        )
    logger.error("Schedule %s cannot be planned, next try in %.0f s: %s", cursor.schedule.key, wait, text)
