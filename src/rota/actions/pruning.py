"""Remove old history by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from rota import clock, conf
from rota.actions.audited import Act, Done, carry_out
from rota.audit.actor import Actor
from rota.exceptions import InvalidInput
from rota.ledger import prune as ledger
from rota.ledger.prune import Pruned


def prune(actor: Actor, *, older_than: timedelta | None = None, reason: str = "") -> Pruned:
    """Delete runs that ended longer ago than `older_than` (None: KEEP_FINISHED); what they add up to stays.

    Dead letters nobody has decided about, the last run and the last success of each schedule stay too. The marks of
    `rota.once` go with their runs.
    """
    kept = conf.current().KEEP_FINISHED if older_than is None else older_than
    if kept <= timedelta(0):
        raise InvalidInput(f"older than: expected a span above zero, got {kept}.")
    using = conf.current().DATABASE
    now = clock.now(using)
    # In batches, each a transaction of its own: one for all would hold SQLite's only writer for minutes.
    pruned = ledger.prune(now - kept, using=using, now=now)

    def work(using: str, now: datetime) -> Done[Pruned]:
        removed = {"rows": pruned.rows, "instants": pruned.instants, "marks": pruned.marks}
        return Done(pruned, after={**removed, "older_than": str(kept)})

    return carry_out(Act(actor=actor, verb="runs.prune", subject="runs", reason=reason), work)
