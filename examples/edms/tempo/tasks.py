"""Copy hours from the time sheet service."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.utils import timezone

import rota
from tempo.models import TimeEntry

logger = logging.getLogger(__name__)


@rota.scheduled(
    "tempo-sync-daily",
    rota.cron("0 8 * * *", "UTC"),
    kwargs={"days": 7},
    title="Tempo: the whole week",
    category="Integrations",
    critical=True,
)
# The same every two minutes and with short waits, so that a retry can be watched while the demo runs.
@rota.scheduled(
    "tempo-sync-hours",
    rota.every(minutes=2),
    title="Tempo: today's hours",
    category="Integrations",
    overlap="queue",
    retry=rota.retry(attempts=4, first_wait=3, factor=2, on=[URLError]),
)
@rota.task(retry=rota.retry(on=[URLError]), timeout=60)
def sync_hours(days: int = 1) -> dict[str, int]:
    """Copy the hours of the last `days` days. Raises HTTPError when the service fails, to be tried again."""
    today = timezone.now().date()
    entries = [entry for back in range(days) for entry in _fetch(str(today - timedelta(days=back)))]
    TimeEntry.objects.bulk_create(
        [TimeEntry(**entry, synced_at=timezone.now()) for entry in entries],
        update_conflicts=True,
        unique_fields=["person", "project", "day"],
        update_fields=["hours", "synced_at"],
    )
    logger.info("copied %d entries of %d days", len(entries), days)
    return {"entries": len(entries)}


def _fetch(day: str) -> list[dict[str, Any]]:
    with urlopen(f"{settings.TEMPO_URL}/hours?day={day}", timeout=10) as answer:
        return [{**entry, "day": day} for entry in json.load(answer)["entries"]]
