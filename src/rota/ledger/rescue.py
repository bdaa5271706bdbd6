"""Take over what a dead worker held."""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from rota.ledger.afterwards import Afterwards
from rota.ledger.close import close
from rota.ledger.connections import insistently, writing
from rota.ledger.ending import Ending
from rota.ledger.held_run import HeldRun, lock
from rota.ledger.release import give_back
from rota.models import Outcome, Process, Run, State
from rota.policies import Terms


@dataclasses.dataclass(frozen=True, slots=True)
class Rescued:
    """What was found: runs whose attempt is closed as lost, and runs handed back uncounted."""

    burned: list[uuid.UUID]
    returned: list[uuid.UUID]


def rescue(
    holder: uuid.UUID,
    *,
    begun: Collection[tuple[uuid.UUID, int]],
    using: str,
    now: datetime,
    detail: str,
    outcome: str = Outcome.LOST,
    suspects: bool = False,
) -> Rescued:
    """Close the attempts that had begun on `holder`, give back the rest. Safe from many processes: one finds them.

    `begun` holds (run id, token). With `suspects` nobody knows what had begun (the whole host is gone): everything
    goes back uncounted, to be claimed alone from now on; and what already was alone has its attempt counted, so
    that a run which kills every host it meets ends as FAILED and takes no neighbour along.
    """

    def take_over() -> tuple[Rescued, Afterwards]:
        with writing(using):
            lost = partial(_lost, holder, _name(holder, using), now, detail, outcome)
            return _take_over(holder, begun, using, now, lost, suspects)

    rescued, after = insistently(take_over, using)
    after.look(using=using, now=now)
    return rescued


def _take_over(
    holder: uuid.UUID,
    begun: Collection[tuple[uuid.UUID, int]],
    using: str,
    now: datetime,
    lost: Callable[[HeldRun], Ending],
    suspects: bool,
) -> tuple[Rescued, Afterwards]:
    runs = Run.objects.using(using).filter(held_by=holder, state=State.RUNNING)
    held = lock(runs)
    burned = [run for run in held if (run.pk, run.token) in begun or (suspects and run.alone)]
    after = close([(run, lost(run)) for run in burned], using=using, now=now)
    returned = [run.pk for run in held if run not in burned]
    give_back(runs.filter(pk__in=returned), now=now, **({"alone": True} if suspects else {}))
    return Rescued([run.pk for run in burned], returned), after


def _name(holder: uuid.UUID, using: str) -> str:
    """The worker's name for people; its id when its row is gone."""
    row = Process.objects.using(using).filter(pk=holder).first()
    return f"{row.host}:{row.pid}" if row else str(holder)


def _lost(holder: uuid.UUID, worker: str, now: datetime, detail: str, outcome: str, run: HeldRun) -> Ending:
    retry = Terms.from_json(run.terms).retry
    attempt = run.attempt_count + 1
    wait = retry.wait_after(attempt, random.random()) if retry and outcome == Outcome.TIMED_OUT else None  # noqa: S311
    return Ending(
        run_id=run.pk,
        token=run.token or 0,
        attempt=attempt,
        outcome=outcome,
        started_at=run.claimed_at or now,
        finished_at=now,
        held_by=holder,
        worker=worker,
        error_class=f"rota.{outcome}",
        error=detail,
        retry_in=wait,
    )
