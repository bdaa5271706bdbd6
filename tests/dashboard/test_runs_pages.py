"""The list of runs and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client

import rota
from rota import clock
from rota.models import Outcome, Run
from tests.dashboard.conftest import end_all, plan
from tests.dashboard.test_schedules_page import words
from tests.project import tasks


def one_run(outcome: str = Outcome.SUCCEEDED, **given: Any) -> Run:
    clock.step(timedelta(hours=1))
    plan()
    return end_all(outcome, **given)[0]


def test_an_empty_list_is_a_sentence(ana: Client) -> None:
    assert "No runs yet." in words(ana, "/ops/runs/")
    assert "No failed runs." in words(ana, "/ops/runs/?state=failed")


def test_runs_are_listed_newest_first_and_can_be_narrowed(ana: Client, schedule: Any) -> None:
    schedule(title="Sum")
    schedule("other", title="Another")
    one_run()
    failed = one_run(Outcome.FAILED, error_class="ValueError", error="no")
    page = words(ana, "/ops/runs/")
    assert page.count("Sum") == 2 and page.count("Another") == 2
    assert words(ana, "/ops/runs/?state=failed").count("attempt 1/1") == 2
    assert str(failed.pk) in ana.get("/ops/runs/?state=FAILED").content.decode()
    assert "Another" not in words(ana, "/ops/runs/?schedule=nightly")
    assert words(ana, "/ops/runs/?state=nonsense&before=x").count("Sum") == 2


def test_long_lists_go_on(ana: Client, schedule: Any) -> None:
    schedule(catch_up="all")
    clock.step(timedelta(hours=23))
    plan()
    schedule("second", calendar="*/30 * * * *", catch_up="all")
    clock.step(timedelta(hours=23))
    plan()
    page = ana.get("/ops/runs/").content.decode()
    assert page.count('<th scope="row">') == 50 and "Older runs" in page
    older = page.split('href="/ops/runs/?before=')[1].split('"')[0]
    assert (
        ana.get(f"/ops/runs/?before={older}").content.decode().count('<th scope="row">')
        == Run.objects.count() - 50
    )


def test_a_range_says_how_many_it_stands_for(ana: Client, schedule: Any) -> None:
    schedule(catch_up="none")
    clock.step(timedelta(hours=5))
    plan()
    page = words(ana, "/ops/runs/")
    assert "Skipped" in page and "and 4 more" in page and "does not make up" in page
    assert "None: it was not run." in words(ana, f"/ops/runs/{Run.objects.get().pk}/")


def test_a_failed_run_shows_error_first_then_everything_else(ana: Client, schedule: Any) -> None:
    schedule(title="Sum")
    run = one_run(
        Outcome.FAILED,
        error_class="builtins.ValueError",
        error="no such day",
        traceback="line 3",
        log="12:00 INFO began",
    )
    page = words(ana, f"/ops/runs/{run.pk}/")
    for text in ("Failed attempt 1/1", "builtins.ValueError : no such day", "line 3", "12:00 INFO began", "host:1",
                 "took 2.5 s", '"a": 1', "tests.project.tasks.add", str(run.pk)):  # fmt: skip
        assert text in page.replace("&quot;", '"'), text


def test_a_retry_says_which_attempt_comes_when(ana: Client, schedule: Any) -> None:
    schedule(task=tasks.plain, retry=rota.retry(attempts=4, first_wait=300))
    run = one_run(Outcome.FAILED, error_class="OSError", error="down", retry_in=300)
    page = words(ana, f"/ops/runs/{run.pk}/")
    assert "Retrying" in page and "attempt 1/4" in page and "Attempt 1 failed. The next one is" in page


def test_a_successful_run_shows_its_result(ana: Client, schedule: Any) -> None:
    schedule()
    run = one_run(result={"sum": 3, "token": "canary"})
    page = ana.get(f"/ops/runs/{run.pk}/").content.decode()
    assert "Result" in page and "&quot;sum&quot;: 3" in page and "canary" not in page


def test_a_recovered_run_says_so(ana: Client, schedule: Any) -> None:
    schedule()
    clock.step(timedelta(hours=5))
    plan()
    run = end_all()[0]
    assert "Recovered" in words(ana, f"/ops/runs/{run.pk}/")
    assert "Recovered" in words(ana, "/ops/runs/")
    assert "Recovered" in words(ana)
