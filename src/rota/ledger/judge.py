"""What becomes of each instant of a gap. Pure: from versions and times to verdicts; somebody else writes them.

The gap is everything since the cursor, whether that is a second or a week: there is no second path for misfires.
Catch-up picks first, walking back from the gap's end; what it does not pick gets a reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from rota.ledger.spans import Span
from rota.models import CatchUp, Reason, State

ROUND = 20_000
"""Instants judged per schedule and round; a longer gap takes several rounds over the same gap."""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """One instant, the span it lies in, and what becomes of it."""

    due_at: datetime
    span: Span
    state: str
    reason: str
    recovered: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of a round, oldest first; `planned_until` is as far as they reach."""

    verdicts: list[Verdict]
    planned_until: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class _Picks:
    """What catch-up chose in one span. `begins` is where its window begins; None: it has none."""

    instants: frozenset[datetime]
    begins: datetime | None
    later: bool
    """Something later in the gap stands for what is not picked here."""


def judge(parts: Sequence[Span], *, gap_end: datetime, late_after: timedelta, until: datetime) -> Judged:
    """The verdicts on the instants of `parts` (the spans up to `gap_end`), at most ROUND of them.

    An instant older than `late_after` at the gap's end counts as recovered when it is run.
    """
    picks = _pick(parts, gap_end, late_after)
    verdicts: list[Verdict] = []
    for span, picked in zip(parts, picks, strict=True):
        for due_at in islice(span.instants(), ROUND - len(verdicts)):
            verdicts.append(_verdict(due_at, span, picked, gap_end, late_after))
        if len(verdicts) == ROUND:
            return Judged(verdicts, verdicts[-1].due_at)
    return Judged(verdicts, until)


def _pick(parts: Sequence[Span], gap_end: datetime, late_after: timedelta) -> list[_Picks]:
    """Walk back from the gap's end; a later version's pick stands for an earlier version's instants."""
    picks: list[_Picks] = []
    taken = 0
    for span in reversed(parts):
        chosen = _pick_in(span, gap_end, late_after, taken)
        picks.append(chosen)
        taken += len(chosen.instants)
    return picks[::-1]


def _pick_in(span: Span, gap_end: datetime, late_after: timedelta, taken: int) -> _Picks:
    window = span.definition.catch_up_window
    begins = None if window is None or span.definition.critical else gap_end - timedelta(seconds=window)
    if span.paused:
        return _Picks(frozenset(), begins, later=taken > 0)
    found = frozenset(_walk_back(span, begins, gap_end - late_after, taken))
    fresh = any(instant >= gap_end - late_after for instant in found)
    later = taken > 0 or (fresh if span.definition.catch_up == CatchUp.ASK else bool(found))
    return _Picks(found, begins, later)


def _walk_back(span: Span, begins: datetime | None, fresh: datetime, taken: int) -> list[datetime]:
    """The picked instants, latest first."""
    definition = span.definition
    if definition.catch_up == CatchUp.NONE:
        begins = fresh
    at_most = 1 if definition.catch_up in (CatchUp.NONE, CatchUp.LATEST) else definition.catch_up_cap
    found: list[datetime] = []
    instant = span.latest()
    while instant is not None and instant > span.start and taken + len(found) < at_most:
        if begins is not None and instant < begins:
            break
        found.append(instant)
        instant = span.calendar.previous(instant)
    return found


def _verdict(
    due_at: datetime, span: Span, picks: _Picks, gap_end: datetime, late_after: timedelta
) -> Verdict:
    recovered = gap_end - due_at > late_after
    if span.paused:
        return Verdict(due_at, span, State.SKIPPED, Reason.PAUSED, recovered=False)
    if due_at not in picks.instants:
        state, reason = _passed_over(due_at, span, picks, fresh=not recovered)
        return Verdict(due_at, span, state, reason, recovered=False)
    if span.definition.catch_up != CatchUp.ASK:
        return Verdict(due_at, span, State.READY, "", recovered)
    if recovered:
        return Verdict(due_at, span, State.HELD, Reason.ASK, recovered)
    # On time, nobody need be asked; of several within a short stall the last one stands for the others.
    if due_at == max(picks.instants):
        return Verdict(due_at, span, State.READY, "", recovered)
    return Verdict(due_at, span, State.SKIPPED, Reason.SUPERSEDED, recovered=False)


def _passed_over(due_at: datetime, span: Span, picks: _Picks, *, fresh: bool) -> tuple[str, str]:
    """Why an instant is not run: SKIPPED by what its owner chose, or MISSED although the owner wanted it."""
    if span.definition.catch_up == CatchUp.NONE:
        return State.SKIPPED, Reason.SUPERSEDED if fresh and picks.later else Reason.CATCH_UP_NONE
    if span.definition.catch_up == CatchUp.LATEST and picks.later:
        return State.SKIPPED, Reason.SUPERSEDED
    too_old = picks.begins is not None and due_at < picks.begins
    return State.MISSED, Reason.WINDOW if too_old else Reason.CAP
