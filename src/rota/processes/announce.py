"""The lines that tell an operator, at start, what was missed while nothing ran."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from rota.ledger.plan import Entry
from rota.models import Reason, State

log = logging.getLogger("rota")

FROM_AN_OUTAGE = (Reason.CATCH_UP_NONE, Reason.SUPERSEDED, Reason.WINDOW, Reason.CAP, Reason.ASK)


def checking() -> None:
    """Before the first planning round."""
    log.info("Worker startup complete, running missed task check...")
    log.info("Checking for missed scheduled tasks...")


def missed(entries: Sequence[Entry], now: datetime) -> None:
    """After the first planning round, which has written `entries`."""
    late = [entry for entry in entries if entry.recovered or entry.reason in FROM_AN_OUTAGE]
    if not late:
        log.info("No missed tasks detected")
        return
    log.warning("Found %s potentially missed tasks:", sum(entry.due_count for entry in late))
    for entry in late:
        log.warning("  - %s (scheduled %s)", entry.key, ago(now - (entry.due_until or entry.due_at)))
    for entry in late:
        _what_becomes_of(entry)


def _what_becomes_of(entry: Entry) -> None:
    if entry.state == State.READY:
        log.info("Re-triggering missed task: %s", entry.key)
        log.info("Successfully re-triggered: %s", entry.key)
    elif entry.state == State.HELD:
        log.warning("Held for a person to decide: %s", entry.key)
    else:
        log.info("Not re-triggered: %s (%s, %s)", entry.key, entry.state, entry.reason)


def ago(time: timedelta) -> str:
    """'45 min ago', in the largest unit that fits."""
    seconds = max(0, int(time.total_seconds()))
    for size, unit in ((86_400, "day(s)"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 60 and seconds >= 60):
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
