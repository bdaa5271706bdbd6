"""Take over what a dead worker held."""

from __future__ import annotations

import dataclasses
import random
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from django.db.models import F

from rota.ledger import wake
from rota.ledger.afterwards import Afterwards
from rota.ledger.close import close
from rota.ledger.connections import insistently, writing
from rota.ledger.ending import Ending
from rota.ledger.held_run import HeldRun, lock
from rota.ledger.open_attempts import last_shown
from rota.ledger.release import cancel_asked, give_back
from rota.models import Outcome, Process, Run, State
from rota.policies import Terms

Claims = Collection[tuple[uuid.UUID, int]]
"""Claims on runs, as (run id, token)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rescued:
    """What was found: runs whose attempt is closed, neighbours whose attempt does not count, runs handed back."""

    burned: list[uuid.UUID]
    spared: list[uuid.UUID]
    returned: list[uuid.UUID]


def rescue(
    holder: uuid.UUID,
    *,
    begun: Claims,
    using: str,
    now: datetime,
    detail: str,
    outcome: str = Outcome.LOST,
    spared: Claims = (),
    why_spared: str = "",
    suspects: bool = False,
) -> Rescued:
    """Close the attempts that had begun on `holder`, give back the rest. Safe from many processes: one finds them.

    `begun` and `spared` hold (run id, token). What is `spared` had begun, and ended because of a neighbour: its
    attempt is closed as lost, with `why_spared`, and uses up none of those it has. With `suspects` nobody knows what
    had begun (the whole host is gone): everything goes back uncounted, to be claimed alone from now on; and what
    already was alone has its attempt counted, so that a run which kills every host it meets ends as FAILED and takes
    no neighbour along. Whatever somebody had asked to stop is CANCELLED.
    """

    def take_over() -> tuple[Rescued, Afterwards]:
        with writing(using):
            worker = _name(holder, using)
            counted = partial(_lost, holder, worker, now, detail, outcome)
            uncounted = partial(_lost, holder, worker, now, why_spared, Outcome.LOST)
            return _take_over(holder, begun, spared, using, now, counted, uncounted, suspects)

    rescued, after = insistently(take_over, using)
    after.look(using=using, now=now)
    return rescued


def _take_over(
    holder: uuid.UUID,
    begun: Claims,
    spared: Claims,
    using: str,
    now: datetime,
    counted: Callable[[HeldRun, bool], Ending],
    uncounted: Callable[[HeldRun, bool], Ending],
    suspects: bool,
) -> tuple[Rescued, Afterwards]:
    runs = Run.objects.using(using).filter(held_by=holder, state=State.RUNNING)
    held = lock(runs)
    asked = set(runs.filter(cancel_attempt=F("attempt_count") + 1).values_list("pk", flat=True))
    burned = [run for run in held if (run.pk, run.token) in begun or (suspects and run.alone)]
    innocent = [run for run in held if run not in burned and (run.pk, run.token) in spared]
    runs.filter(pk__in=[run.pk for run in innocent]).update(max_attempts=F("max_attempts") + 1)
    pairs = [(run, counted(run, run.pk in asked)) for run in burned]
    pairs += [
        (run._replace(max_attempts=run.max_attempts + 1), uncounted(run, run.pk in asked)) for run in innocent
    ]
    after = close(_as_shown(pairs, using), using=using, now=now)
    closed = {run.pk for run, _ in pairs}
    unbegun = runs.filter(pk__in=[run.pk for run in held if run.pk not in closed])
    returned = list(unbegun.values_list("pk", flat=True))
    _, stopped = cancel_asked(unbegun, now=now)
    give_back(unbegun, now=now, **({"alone": True} if suspects else {}))
    wake.workers(len(held), using=using)
    rescued = Rescued([run.pk for run in burned], [run.pk for run in innocent], returned)
    return rescued, after.also(stopped)


def _as_shown(pairs: list[tuple[HeldRun, Ending]], using: str) -> list[tuple[HeldRun, Ending]]:
    """With the log and the progress that were written while the attempts ran: what a killed one leaves to be read."""
    shown = last_shown({(run.pk, run.token) for run, _ in pairs}, using=using)
    return [
        (run, dataclasses.replace(ending, log=shown[run.pk].log, progress=shown[run.pk].progress))
        if run.pk in shown
        else (run, ending)
        for run, ending in pairs
    ]


def _name(holder: uuid.UUID, using: str) -> str:
    """The worker's name for people; its id when its row is gone."""
    row = Process.objects.using(using).filter(pk=holder).first()
    return f"{row.host}:{row.pid}" if row else str(holder)


def _lost(
    holder: uuid.UUID, worker: str, now: datetime, detail: str, outcome: str, run: HeldRun, asked: bool
) -> Ending:
    """`asked`: somebody wanted it to be stopped, so that its loss is not made up for."""
    outcome = Outcome.CANCELLED if asked and outcome == Outcome.LOST else outcome
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
