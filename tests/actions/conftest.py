"""A project with a few tasks and schedules, and runs that were really claimed and finished."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from rota import clock
from rota.actions import Actor
from rota.compat import task
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.models import Outcome
from rota.schedules import edit, registry

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ANA = Actor("Ana", id="7", channel="cli", ip="10.1.4.7", user_agent="curl")


@task
def send_reminders(days: int = 7, who: str = "all") -> int:
    return days


@task
def tidy_up() -> None:
    return None


@task
def alone(page: int) -> None:
    return None


@pytest.fixture(autouse=True)
def project(transactional_db):
    with registry.apart(), clock.frozen(NOW):
        for one in (send_reminders, tidy_up, alone):
            registry.register_task(one)
        schedule("mail.reminders", send_reminders, kwargs={"days": 3}, title="Reminders")
        schedule("tidy-morning", tidy_up)
        schedule("tidy-evening", tidy_up)
        yield


def schedule(key, target, calendar="0 8 * * *", **given):
    return edit.create(key, calendar, target, by="Ana", using="default", now=NOW, **given).schedule


def begin(run_id=None):
    """Claim what is ready, as a worker does; the claim of `run_id`, or of the first."""
    claims = claim(uuid.uuid4(), [], 10, using="default")
    return next(one for one in claims if run_id in (None, one.run_id))


def end(claimed, outcome=Outcome.SUCCEEDED, **given):
    now = clock.now("default")
    ending = Ending(
        run_id=claimed.run_id, token=claimed.token, attempt=claimed.attempt, outcome=outcome,
        started_at=now - timedelta(seconds=2), finished_at=now, held_by=uuid.uuid4(), worker="host:1", **given,
    )  # fmt: skip
    assert finish([ending], using="default", now=now) == {claimed.run_id}


def failed_run(receipt):
    end(
        begin(receipt.run_id),
        Outcome.FAILED,
        error_class="builtins.ValueError",
        error="no",
        traceback="Trace",
    )
    return receipt.run_id
