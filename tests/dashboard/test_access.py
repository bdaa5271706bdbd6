"""Every address, for everybody: who may come in is decided by permissions alone, and every answer is guarded."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from rota.models import Run
from tests.dashboard.conftest import person

SOME_ID = uuid.UUID(int=7)
PAGES = {
    "schedules": ("/ops/", "rota.view_schedule"),
    "runs": ("/ops/runs/", "rota.view_schedule"),
    "run": (f"/ops/runs/{SOME_ID}/", "rota.view_schedule"),
    "run-now": ("/ops/schedules/nightly/run/", "rota.run_schedule"),
}
each_page = pytest.mark.parametrize("name", PAGES)


def test_every_address_is_in_the_table() -> None:
    """A new page without a line above would be a page without a test of who may see it."""
    from rota.dashboard import urls

    assert {pattern.name for pattern in urls.urlpatterns} == set(PAGES)


@each_page
def test_nobody_is_sent_to_the_login(name: str) -> None:
    answer = Client().get(PAGES[name][0])
    assert answer.status_code == 302 and answer["Location"].startswith("/admin/login/?next=/ops/")


@each_page
def test_being_staff_grants_nothing_and_the_answer_names_what_lacks(name: str) -> None:
    address, permission = PAGES[name]
    answer = person("staff").get(address)
    assert answer.status_code == 403
    assert permission in answer.content.decode()


def test_who_may_only_see_may_not_run(victor: Client, schedule: Any) -> None:
    schedule()
    assert "Run now" not in victor.get("/ops/").content.decode()
    victor.handler.enforce_csrf_checks = False
    answer = victor.post("/ops/schedules/nightly/run/", {"once": "x"})
    assert answer.status_code == 403 and "rota.run_schedule" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_user_who_was_deactivated_is_out_at_once(ana: Client) -> None:
    from django.contrib.auth.models import User

    User.objects.filter(username="ana").update(is_active=False)
    assert ana.get("/ops/").status_code in (302, 403)


@each_page
@pytest.mark.parametrize("who", ["nobody", "staff", "ana"])
def test_every_answer_is_guarded(name: str, who: str, schedule: Any) -> None:
    schedule()
    client = (
        Client()
        if who == "nobody"
        else person(who, *({p for _, p in PAGES.values()} if who == "ana" else ()))
    )
    answer = client.get(PAGES[name][0])
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_a_static_host_of_its_own_is_allowed_by_name(ana: Client, settings: Any) -> None:
    settings.STATIC_URL = "https://static.example.org/s/"
    policy = ana.get("/ops/")["Content-Security-Policy"]
    assert "script-src 'self' https://static.example.org;" in policy


def test_an_unknown_schedule_names_the_nearest(ana: Client, schedule: Any) -> None:
    schedule("nightly-export")
    answer = ana.get("/ops/schedules/nightly-exprot/run/")
    assert answer.status_code == 404 and "Did you mean nightly-export?" in answer.content.decode()


def test_an_unknown_run_is_not_found(ana: Client) -> None:
    assert ana.get(f"/ops/runs/{SOME_ID}/").status_code == 404
