"""From verdicts to rows: one row for what runs, one row for a stretch of what does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from rota.exceptions import RotaError
from rota.ledger import keys
from rota.ledger.judge import Verdict
from rota.models import Origin, Overlap, Run, Schedule, State
from rota.models.ids import new_id


class Mismatch(RotaError):
    """Rows do not stand for exactly the instants they should: nothing was written."""


SINGLE = (State.READY, State.HELD)


def rows(
    schedule: Schedule, verdicts: Sequence[Verdict], taken: set[datetime], *, gap: bool, now: datetime
) -> list[Run]:
    """Unsaved runs for `verdicts`, oldest first; instants in `taken` have a row already and split a stretch.

    `gap` says that these are not all instants of their gap.
    Raises Mismatch when the rows do not stand for exactly the instants they should.
    """
    # What is made up for queues among itself, whatever the overlap policy: an outage must neither become a stampede
    # nor have its own runs skip one another.
    together = gap or sum(verdict.state == State.READY for verdict in verdicts) > 1
    made = [run for stretch in _stretches(verdicts, taken) for run in _made(schedule, stretch, together, now)]
    expected = sum(1 for verdict in verdicts if verdict.due_at not in taken)
    counted = sum(run.due_count for run in made)
    if counted != expected:
        raise Mismatch(f"{schedule.key}: rows for {counted} instants were made, {expected} were due.")
    return made


def _stretches(verdicts: Iterable[Verdict], taken: set[datetime]) -> Iterator[list[Verdict]]:
    def kind(verdict: Verdict) -> tuple[Any, ...]:
        return (verdict.due_at in taken, verdict.state, verdict.reason, verdict.span.number)

    for (is_taken, *_), group in groupby(verdicts, key=kind):
        if not is_taken:
            yield list(group)


def _made(schedule: Schedule, stretch: list[Verdict], together: bool, now: datetime) -> list[Run]:
    if stretch[0].state in SINGLE:
        return [_single(schedule, verdict, together, now) for verdict in stretch]
    return [_range(schedule, stretch, now)]


def _single(schedule: Schedule, verdict: Verdict, together: bool, now: datetime) -> Run:
    definition = verdict.span.definition
    run_after = verdict.due_at + timedelta(seconds=definition.jitter_for(schedule.key, verdict.due_at))
    overlap = Overlap.QUEUE if verdict.recovered or together else definition.overlap
    gate = "" if overlap == Overlap.ALLOW else keys.key_for(schedule.pk)
    waits_at = keys.first(gate, definition.limit_key, definition.rate_key, run_after, now)
    ready = verdict.state == State.READY
    return Run(
        **_base(schedule, verdict, now),
        recovered=verdict.recovered,
        args=definition.args,
        kwargs=definition.kwargs,
        terms=definition.terms.to_json(),
        max_attempts=definition.terms.max_attempts,
        alone=definition.terms.at_most_once,
        run_after=run_after,
        ready_at=run_after if ready and waits_at is None else None,
        waits_at=waits_at if ready else None,
        gate_key=gate,
        limit_key=definition.limit_key,
        rate_key=definition.rate_key,
        overlap=overlap if gate else "",
    )


def _range(schedule: Schedule, stretch: list[Verdict], now: datetime) -> Run:
    first, last = stretch[0], stretch[-1]
    return Run(
        **_base(schedule, first, now),
        due_until=last.due_at if len(stretch) > 1 else None,
        due_count=len(stretch),
        detail=first.span.note[:500] if first.span.paused else "",
        finished_at=now,
    )


def _base(schedule: Schedule, verdict: Verdict, now: datetime) -> dict[str, Any]:
    definition = verdict.span.definition
    return {
        "id": new_id(),
        "state": verdict.state,
        "reason": verdict.reason,
        "origin": Origin.SCHEDULE,
        "schedule": schedule,
        "version": verdict.span.number,
        "due_at": verdict.due_at,
        "task_path": definition.task_path,
        "backend": definition.backend,
        "queue_name": definition.queue_name,
        "priority": definition.priority,
        "enqueued_at": now,
    }
