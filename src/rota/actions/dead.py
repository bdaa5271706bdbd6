"""Many dead letters at once: run all that match again, or discard them; one transaction, one entry of the audit."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from rota import conf
from rota.actions.audited import Act, Done, carry_out
from rota.actions.letters import discard_note, order_again, retry_note
from rota.audit.actor import Actor
from rota.exceptions import InvalidInput
from rota.ledger import gates
from rota.ledger.enqueue import enqueue
from rota.ledger.settle import lock_open, settle_each
from rota.models import Run
from rota.queries import dead
from rota.queries.dead import Letters

MOST = 10_000
"""Dead letters in one call: it is one transaction."""
USUAL = 1_000
"""Where nobody says how many."""
MOST_PER_MINUTE = 1_000_000
LISTED = 100
"""Ids that the audit entry holds at most."""


@dataclasses.dataclass(frozen=True)
class Settled:
    """What became of dead letters: the old ids, oldest failure first, the new runs', and how many still match."""

    ids: list[uuid.UUID]
    new: list[uuid.UUID]
    left: int


def retry_matching(
    letters: Letters, actor: Actor, *, reason: str = "", limit: int = USUAL, per_minute: int | None = None
) -> Settled:
    """Run the oldest `limit` dead letters that match again, each once; with `per_minute` spread over time from now on.

    All or none; a second call finds only what is left. Look first with `queries.dead`, and give what was seen as
    `letters`, with its `until`, so that nothing is run again that failed meanwhile. Raises InvalidInput for a limit
    that is not 1 to 10,000, or fewer than one a minute.
    """
    check(limit, per_minute)
    new: list[Run] = []

    def work(found: list[Run], using: str, now: datetime) -> list[tuple[uuid.UUID, str]]:
        apart = timedelta(minutes=1) / per_minute if per_minute else None
        orders = [
            order_again(old, actor, run_after=now + apart * place if apart and place else None)
            for place, old in enumerate(found)
        ]
        new[:] = enqueue(orders, using=using, now=now)
        return [(old.pk, retry_note(one.pk, actor)) for old, one in zip(found, new, strict=True)]

    more = {"per_minute": per_minute} if per_minute else {}
    settled = _act(
        Act(actor=actor, verb="runs.retry", subject="dead letters", reason=reason), letters, limit, work, more
    )
    gates.admit_after_commit(new, using=conf.current().DATABASE)
    return dataclasses.replace(settled, new=[run.pk for run in new])


def discard_matching(letters: Letters, actor: Actor, *, reason: str, limit: int = USUAL) -> Settled:
    """Decide that the oldest `limit` dead letters that match are not run again.

    Raises InvalidInput without a reason, or for a limit that is not 1 to 10,000.
    """
    if not reason.strip():
        raise InvalidInput("Expected a reason for discarding many failed runs at once.")
    check(limit)

    def work(found: list[Run], using: str, now: datetime) -> list[tuple[uuid.UUID, str]]:
        return [(old.pk, discard_note(actor, reason)) for old in found]

    act = Act(actor=actor, verb="runs.discard", subject="dead letters", reason=reason)
    return _act(act, letters, limit, work, {})


def _act(
    act: Act,
    letters: Letters,
    limit: int,
    work: Callable[[list[Run], str, datetime], list[tuple[uuid.UUID, str]]],
    more: dict[str, Any],
) -> Settled:
    asked = {"filter": letters.to_json(), "limit": limit, **more}

    def once(using: str, now: datetime) -> Done[Settled]:
        ids = dead.oldest(letters, using=using, limit=limit)
        # Of two who do this at once, the second finds what the first has left.
        still = {run.pk: run for run in lock_open(ids, using=using)}
        found = [still[pk] for pk in ids if pk in still]
        settle_each(work(found, using, now), using=using, now=now)
        done = Settled([run.pk for run in found], [], dead.count(letters, using=using))
        told = {
            **asked,
            "count": len(done.ids),
            "left": done.left,
            "runs": [str(pk) for pk in done.ids[:LISTED]],
        }
        return Done(done, after=told)

    return carry_out(dataclasses.replace(act, asked=asked), once)


def check(limit: int, per_minute: int | None = None) -> None:
    """Raises InvalidInput for a limit that is not 1 to 10,000, or fewer than one a minute."""
    _check("limit", limit, MOST)
    if per_minute is not None:
        _check("per minute", per_minute, MOST_PER_MINUTE)


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInput(f"{name}: expected a number from 1 to {most:,}, got {value:,}.")
