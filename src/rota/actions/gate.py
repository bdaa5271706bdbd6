"""Let runs through their gates right after they were committed."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import DatabaseError

from rota import clock
from rota.ledger import gates
from rota.ledger.connections import transient
from rota.models import Run

log = logging.getLogger("rota")


def admit(runs: Iterable[Run], using: str) -> None:
    """Look at the gates of these runs. When the database is busy, the next sweep of upkeep does it instead."""
    try:
        gates.admit(gates.keys_of(runs), using=using, now=clock.now(using))
    except DatabaseError as error:
        if not transient(error):
            raise
        log.warning("The gates of new runs are looked at by the next sweep: %s", error)
