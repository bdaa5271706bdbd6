"""Schedules, runs and claims, made with as few words as the tests need."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rota import clock, timing
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.models import Cursor, Outcome, Run, Schedule, Version
from rota.policies import Definition

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
USING = "default"

MakeSchedule = Callable[..., Schedule]


@pytest.fixture(autouse=True)
def at_noon(db: None) -> Iterator[None]:
    """It is noon, until a test says otherwise."""
    with clock.frozen(NOW):
        yield


@pytest.fixture
def schedule() -> MakeSchedule:
    """A schedule with its first version and a cursor that stands at `since`."""

    def make(
        key: str = "daily", calendar: str = "0 * * * *", since: datetime = NOW, **terms: Any
    ) -> Schedule:
        definition = Definition(task_path="tests.project.tasks.add", calendar=calendar, **terms)
        row = Schedule.objects.create(
            key=key,
            source="code",
            definition=definition.to_json(),
            task_path=definition.task_path,
            calendar=calendar,
            critical=definition.critical,
            created_at=since,
        )
        Version.objects.create(schedule=row, number=1, definition=definition.to_json(), valid_from=since)
        due = timing.parse(calendar).next(since) if calendar != "broken" else since
        Cursor.objects.create(
            schedule=row, planned_until=since, next_due_at=due, critical=definition.critical
        )
        return row

    return make


def order(**changes: Any) -> Order:
    """An order for a task of the test project."""
    return Order(**{"task_path": "tests.project.tasks.add", "args": [1, 2], **changes})


def put(count: int = 1, **changes: Any) -> list[Run]:
    """Enqueue `count` equal orders."""
    return enqueue([order(**changes) for _ in range(count)], using=USING, now=clock.now(USING))


def take(limit: int = 100, holder: uuid.UUID | None = None, **more: Any) -> list[Claimed]:
    """Claim from every queue."""
    return claim(holder or uuid.uuid4(), [], limit, using=USING, **more)


def ended(claimed: Claimed, outcome: str = Outcome.SUCCEEDED, **more: Any) -> Ending:
    """How the attempt on `claimed` ended, one second later."""
    return Ending(
        run_id=claimed.run_id,
        token=claimed.token,
        attempt=claimed.attempt,
        outcome=outcome,
        started_at=clock.now(USING),
        finished_at=clock.now(USING) + timedelta(seconds=1),
        held_by=uuid.uuid4(),
        worker="host:1",
        **{"watched": claimed.watched, **more},
    )
