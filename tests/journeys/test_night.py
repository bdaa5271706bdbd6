"""Everything is down for a night, an ordinary one or one with a clock change; then it is up again.

What was due comes from the slow oracle; what becomes of it is worked out here once more, from the words of the docs.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rota import clock
from rota.ledger.integrity import check
from rota.ledger.plan import plan_due
from rota.models import Run, Schedule
from tests.ledger.conftest import USING, MakeSchedule
from tests.timing.oracle import fires, watch

pytestmark = pytest.mark.django_db

NIGHTS = {
    "ordinary": ("Europe/Paris", datetime(2026, 2, 10, 19, 0, tzinfo=UTC)),
    "spring": ("Europe/Paris", datetime(2026, 3, 28, 19, 0, tzinfo=UTC)),
    "autumn": ("Europe/Paris", datetime(2026, 10, 24, 19, 0, tzinfo=UTC)),
    "half an hour": ("Australia/Lord_Howe", datetime(2026, 4, 4, 9, 0, tzinfo=UTC)),
}
CALENDARS = ("30 2 * * *", "*/30 * * * *", "0 2,3 * * *", "15 * * * *", "0 1-4 * * *", "45 1 * * *")
LENGTH = timedelta(hours=12)
WINDOW = timedelta(hours=7)


@dataclasses.dataclass(frozen=True)
class Told:
    """One instant of the night, as the ledger tells it."""

    due_at: datetime
    state: str
    reason: str


def expected(instants: list[datetime], policy: dict[str, Any], woke_at: datetime) -> list[Told]:
    """What the owner's choice means for these instants, none of which is on time."""
    catch_up, cap = policy["catch_up"], policy["catch_up_cap"]
    begins = datetime.min.replace(tzinfo=UTC) if policy["critical"] else woke_at - WINDOW
    inside = [instant for instant in instants if instant >= begins]
    chosen = {"none": [], "latest": inside[-1:], "all": inside[-cap:], "ask": inside[-cap:]}[catch_up]
    return [_told(instant, chosen, catch_up, begins) for instant in instants]


def _told(instant: datetime, chosen: list[datetime], catch_up: str, begins: datetime) -> Told:
    if instant in chosen:
        return Told(instant, "HELD", "ask") if catch_up == "ask" else Told(instant, "READY", "")
    if catch_up == "none":
        return Told(instant, "SKIPPED", "catch_up_none")
    if catch_up == "latest" and chosen:
        return Told(instant, "SKIPPED", "superseded")
    return Told(instant, "MISSED", "window" if instant < begins else "cap")


def told(schedule: Schedule, instants: list[datetime]) -> list[Told]:
    """The ledger's story, range rows laid out over the oracle's instants."""
    found = []
    for run in Run.objects.filter(schedule=schedule).order_by("due_at"):
        assert run.due_at is not None
        last = run.due_until or run.due_at
        stands_for = [instant for instant in instants if run.due_at <= instant <= last]
        assert len(stands_for) == run.due_count, f"{run.due_at} to {last} is not {run.due_count} instants"
        found += [Told(instant, run.state, run.reason) for instant in stands_for]
    return found


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize(
    "policy",
    [
        {"catch_up": "none", "catch_up_cap": 500, "critical": False},
        {"catch_up": "latest", "catch_up_cap": 500, "critical": False},
        {"catch_up": "latest", "catch_up_cap": 500, "critical": True},
        {"catch_up": "all", "catch_up_cap": 500, "critical": False},
        {"catch_up": "all", "catch_up_cap": 3, "critical": False},
        {"catch_up": "ask", "catch_up_cap": 2, "critical": False},
    ],
)
def test_each_policy_is_followed_exactly_and_each_verdict_has_its_reason(
    schedule: MakeSchedule, night: str, policy: dict[str, Any]
) -> None:
    zone, asleep_at = NIGHTS[night]
    # Seven minutes past: no instant is at the moment of waking, so none is on time.
    woke_at = asleep_at + LENGTH + timedelta(minutes=7)
    looks = list(watch(zone, asleep_at + timedelta(minutes=1), woke_at + timedelta(minutes=1)))
    rows = {
        expression: schedule(
            key=f"night-{number}",
            calendar=f"{expression} {zone}",
            since=asleep_at,
            catch_up_window=WINDOW.total_seconds(),
            overlap="allow",
            **policy,
        )
        for number, expression in enumerate(CALENDARS)
    }
    with clock.frozen(woke_at):
        while plan_due(using=USING, now=woke_at).more:
            pass
        assert check(using=USING, now=woke_at) == []
    for expression, row in rows.items():
        instants = fires(expression, looks)
        assert told(row, instants) == expected(instants, policy, woke_at), expression


def test_the_nights_are_what_they_are_called() -> None:
    """By how much the wall clock moves between falling asleep and waking."""
    moved = {}
    for night, (zone, asleep_at) in NIGHTS.items():
        before, after = (
            moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in (asleep_at, asleep_at + LENGTH)
        )
        assert before is not None and after is not None
        moved[night] = (after - before) / timedelta(minutes=1)
    assert moved == {"ordinary": 0, "spring": 60, "autumn": -60, "half an hour": -30}
