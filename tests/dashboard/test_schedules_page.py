"""What the first page says of schedules in every situation."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rota import clock
from rota.ledger.halts import write_halt
from rota.models import Outcome, Run
from rota.schedules import pausing
from tests.dashboard.conftest import end_all, plan
from tests.project import tasks


def words(client: Client, address: str = "/ops/") -> str:
    """The page as a reader sees it: text alone, spaces folded."""
    html = client.get(address).content.decode()
    text = re.sub(r"<(script|style|svg|head)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_without_schedules_it_says_how_to_make_one(ana: Client) -> None:
    assert "No schedules yet." in words(ana) and "rota sync" in words(ana)


def test_a_schedule_that_never_ran_says_why_and_when_it_will(ana: Client, schedule: Any, alive: None) -> None:
    schedule(title="Nightly sum", category="Sums")
    page = words(ana)
    assert "Sums" in page and "Nightly sum" in page
    assert "Never run Its first run is still ahead: 2026-11-20 09:00 UTC, in 30 min." in page
    assert "today 09:00" in page and "none yet" in page


def test_what_can_never_come_is_manual_only(ana: Client, schedule: Any, alive: None) -> None:
    schedule(calendar="0 0 31 2 *")
    page = words(ana)
    assert "Manual only" in page and "only by hand" in page


def test_after_a_run_it_tells_state_duration_rate_and_count(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    for outcome in (Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED):
        clock.step(timedelta(minutes=30) if not Run.objects.exists() else timedelta(hours=1))
        plan()
        end_all(outcome)
    page = words(ana)
    assert "Failed" in page and "after attempt 1 of 1" in page
    assert re.search(r"took 2\.5 s .* 3 67% 2\.5 s", page)


def test_a_paused_schedule_names_who_and_why(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    pausing.pause("nightly", by="Jonas", reason="stock take", using="default", now=clock.now("default"))
    page = words(ana)
    assert "Paused" in page and "by Jonas" in page and "stock take" in page


@pytest.mark.parametrize("catch_up", ["latest", "none"])
def test_the_outage_is_told_with_counts_and_reasons(
    ana: Client, schedule: Any, alive: None, catch_up: str
) -> None:
    schedule(title="Sum", catch_up=catch_up)
    plan()
    clock.step(timedelta(hours=5))
    plan()
    page = words(ana)
    assert "5 runs fell due meanwhile, and every one is accounted for" in page
    if catch_up == "latest":
        assert "1 recovered , 4 superseded" in page.replace(" ,", " ,") or "1 recovered, 4 superseded" in page
        assert "A later run of the same schedule stands for it." in page
    else:
        assert "5 skipped" in page and "does not make up for runs" in page


def test_an_old_outage_no_longer_stands_on_top(ana: Client, schedule: Any) -> None:
    schedule()
    clock.step(timedelta(hours=5))
    plan()
    clock.step(timedelta(days=3))
    assert "fell due meanwhile" not in words(ana)


def test_without_a_scheduler_a_red_bar_says_how_to_start_one(ana: Client, schedule: Any) -> None:
    schedule()
    page = words(ana)
    assert "No scheduler is alive: nothing is planned." in page and "manage.py rota run" in page


def test_a_live_scheduler_takes_the_bar_away(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    assert "No scheduler is alive" not in words(ana)


def test_a_halt_is_told_with_the_command_that_ends_it(ana: Client, alive: None) -> None:
    now = clock.now("default")
    write_halt(
        at=now, expected_at=now - timedelta(hours=2), detail="The clock jumped by 2 h.", using="default"
    )
    page = words(ana)
    assert "Planning is halted" in page and "The clock jumped by 2 h." in page and "rota accept-clock" in page


def test_hostile_texts_are_text(ana: Client, schedule: Any, alive: None) -> None:
    evil = "<img src=x onerror=alert(1)>"
    schedule(title=evil, category=evil, task=tasks.fail, kwargs={"message": evil})
    plan()
    clock.step(timedelta(hours=1))
    plan()
    run = end_all(Outcome.FAILED, error_class="ValueError", error=evil, traceback=evil, log=evil)[0]
    for address in ("/ops/", "/ops/runs/", f"/ops/runs/{run.pk}/", "/ops/schedules/nightly/run/"):
        assert "<img" not in ana.get(address).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_schedules(
    ana: Client, schedule: Any, alive: None
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            ana.get("/ops/")
        return len(found)

    schedule("first")
    clock.step(timedelta(hours=2))
    plan()
    ana.get("/ops/")
    one = queries()
    for n in range(10):
        schedule(f"more-{n:02}-{'abcdefghij'[n] * 5}")
    clock.step(timedelta(hours=2))
    plan()
    assert queries() <= one + 2 and one <= 30


def test_the_theme_comes_from_the_cookie_and_nothing_else_does(ana: Client) -> None:
    ana.cookies["rota_theme"] = "dark"
    assert 'data-theme="dark"' in ana.get("/ops/").content.decode()
    ana.cookies["rota_theme"] = 'x" onload="y'
    assert "data-theme" not in ana.get("/ops/").content.decode()


def test_no_page_holds_inline_script_or_style(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    for address in ("/ops/", "/ops/runs/", "/ops/schedules/nightly/run/"):
        html = ana.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
        assert not re.search(r'(src|href)="(https?:)?//', html)
