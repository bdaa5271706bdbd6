"""Decide about runs that are held for a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from rota.actions.audited import Act, Done, carry_out
from rota.audit.actor import Actor
from rota.exceptions import Refused
from rota.ledger import held


def release_held(run_ids: Sequence[uuid.UUID], actor: Actor, reason: str = "") -> int:
    """Let these HELD runs run, one after another. Returns how many; Refused when none of them is held any more."""
    return _decide(run_ids, actor, "run.release", reason, held.release_held)


def drop_held(run_ids: Sequence[uuid.UUID], actor: Actor, reason: str = "") -> int:
    """Decide that these HELD runs shall not run. Returns how many; Refused when none of them is held any more."""
    return _decide(run_ids, actor, "run.drop", reason, held.drop_held)


def _decide(
    run_ids: Sequence[uuid.UUID], actor: Actor, verb: str, reason: str, decide: Callable[..., int]
) -> int:
    ids = [str(run_id) for run_id in run_ids]

    def work(using: str, now: datetime) -> Done[int]:
        decided = decide(run_ids, using=using, now=now, by=actor.name)
        if not decided:
            raise Refused("None of these runs is held: somebody decided about them already.")
        return Done(decided, after={"runs": ids, "decided": decided})

    subject = ids[0] if len(ids) == 1 else f"{len(ids)} held runs"
    return carry_out(Act(actor=actor, verb=verb, subject=subject, reason=reason, asked=ids), work)
