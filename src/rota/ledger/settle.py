"""Close a dead letter: it was run again, or somebody decided that it stays as it is."""

from __future__ import annotations

import uuid
from datetime import datetime

from rota.ledger.connections import writing
from rota.models import Run, State


def settle(run_id: uuid.UUID, note: str, *, using: str, now: datetime) -> bool:
    """Stamp a FAILED or CANCELLED run as settled. False when somebody was first: nothing was written."""
    with writing(using):
        open_letters = Run.objects.using(using).filter(
            pk=run_id, state__in=(State.FAILED, State.CANCELLED), settled_at__isnull=True
        )
        return bool(open_letters.update(settled_at=now, settled_note=note[:500]))
