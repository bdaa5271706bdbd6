"""Make the code-owned schedules say what the code says, as every start of `rota run` does."""

from __future__ import annotations

from django.db import transaction

from rota import clock, conf
from rota.ledger.connections import writing
from rota.schedules import sync as schedules
from rota.schedules.sync import Changes


def sync(*, check: bool = False) -> Changes:
    """Each change is audited in the name of the code; `check` says what would change, and changes nothing.

    Raises InvalidInput when a declaration is wrong.
    """
    using = conf.current().DATABASE
    if not check:
        return schedules.sync(using=using, now=clock.now(using))
    with writing(using):
        changes = schedules.sync(using=using, now=clock.now(using))
        transaction.set_rollback(True, using=using)
        return changes
