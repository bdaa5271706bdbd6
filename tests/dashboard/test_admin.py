"""Django's admin shows rows and changes none of them, not even for a superuser."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rota.models import AuditEntry, Run, Schedule
from tests.dashboard.conftest import end_all, plan
from tests.project import tasks


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def rows(schedule: Any, ana: Client) -> dict[str, str]:
    from rota.actions import Actor, run_now

    schedule(task=tasks.take_all, kwargs={"token": "canary"})
    plan()
    run_now("nightly", Actor("Ana", channel="cli"))
    end_all()
    pks = {
        model._meta.model_name: str(model._default_manager.latest("pk").pk)
        for model in (Schedule, Run, AuditEntry)
    }
    return {str(name): pk for name, pk in pks.items()}


@pytest.mark.parametrize("name", ["schedule", "run", "auditentry"])
def test_it_shows_and_refuses_to_write(root: Client, rows: dict[str, str], name: str) -> None:
    base = f"/admin/rota/{name}/"
    assert root.get(base).status_code == 200
    page = root.get(f"{base}{rows[name]}/change/")
    assert page.status_code == 200 and "canary" not in page.content.decode()
    assert root.get(f"{base}add/").status_code == 403
    assert root.post(f"{base}{rows[name]}/change/", {"state": "FAILED"}).status_code == 403
    assert root.post(f"{base}{rows[name]}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in root.get(base).content.decode()
