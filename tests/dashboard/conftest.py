"""A project with a few schedules, people with different permissions, and runs that were really claimed and ended."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.plan import plan_due
from rota.models import Outcome, Run, Schedule
from rota.processes import rows
from rota.schedules import edit, registry
from tests.project import tasks

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def project(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.dashboard.urls"
    settings.LOGIN_URL = "/admin/login/"
    with registry.apart(), clock.frozen(START):
        yield


@pytest.fixture
def schedule() -> Callable[..., Schedule]:
    def schedule(
        key: str = "nightly", calendar: str = "0 * * * *", task: Any = tasks.add, **options: Any
    ) -> Schedule:
        options.setdefault("kwargs", {"a": 1, "b": 2} if task is tasks.add else None)
        made = edit.create(
            key, calendar, task, by="Ana", using="default", now=clock.now("default"), **options
        )
        return made.schedule

    return schedule


@pytest.fixture
def alive() -> None:
    """Somebody plans and somebody works."""
    announce()


def announce() -> None:
    """A supervisor, a scheduler and a worker that have just been heard of."""
    supervisor = uuid.uuid4()
    rows.register(supervisor, "supervisor", using="default")
    rows.register(uuid.uuid4(), "scheduler", using="default", parent=supervisor)
    rows.register(uuid.uuid4(), "worker", using="default", parent=supervisor)


def plan() -> None:
    while plan_due(using="default", now=clock.now("default")).more:
        pass


def end_all(outcome: str = Outcome.SUCCEEDED, **given: Any) -> list[Run]:
    """What a worker does with everything that is ready."""
    now = clock.now("default")
    claims = claim(uuid.uuid4(), [], 50, using="default")
    endings = [
        Ending(
            run_id=claimed.run_id, token=claimed.token, attempt=claimed.attempt, outcome=outcome, started_at=now,
            finished_at=now + timedelta(seconds=2.5), held_by=uuid.uuid4(), worker="host:1", **given,
        )
        for claimed in claims
    ]  # fmt: skip
    finish(endings, using="default", now=now + timedelta(seconds=2.5))
    return list(Run.objects.filter(pk__in=[claimed.run_id for claimed in claims]))


def person(name: str, *permissions: str) -> Client:
    user = User.objects.create_user(name, first_name=name.capitalize(), last_name="Bianchi", is_staff=True)
    wanted = [permission.partition(".")[2] for permission in permissions]
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="rota", codename__in=wanted))
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


@pytest.fixture
def ana() -> Client:
    """May see and run."""
    return person("ana", "rota.view_schedule", "rota.run_schedule")


@pytest.fixture
def victor() -> Client:
    """May see."""
    return person("victor", "rota.view_schedule")
