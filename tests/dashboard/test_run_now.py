"""Run now: a form that says what will happen, one run per form, and the answer at once."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from rota.models import AuditEntry, Run
from tests.dashboard.conftest import end_all
from tests.dashboard.test_schedules_page import words
from tests.project import tasks

FORM = "/ops/schedules/nightly/run/"


def fields(client: Client, address: str = FORM) -> dict[str, str]:
    """What a browser would send back."""
    html = client.get(address).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', html))
    return {**hidden, "arguments": '{"a": 1, "b": 2}', "reason": ""}


def test_the_form_says_what_will_happen(ana: Client, schedule: Any, alive: None) -> None:
    schedule(title="Nightly sum", queue_name="default")
    page = words(ana, FORM)
    assert "Run “Nightly sum” now?" in page
    assert "today 09:00 , not changed by this" in page or "today 09:00, not changed by this" in page
    assert "default, 1 worker" in page
    assert "run by Ana Bianchi" in page


def test_without_a_worker_it_says_that_the_run_will_wait(ana: Client, schedule: Any) -> None:
    schedule()
    page = words(ana, FORM)
    assert "the run will wait until one is started" in page and "Queue anyway" in page


def test_the_form_is_not_refreshed_under_the_hands_of_who_fills_it(ana: Client, schedule: Any) -> None:
    schedule()
    assert 'data-url="' in ana.get("/ops/").content.decode()
    assert 'data-url="' not in ana.get(FORM).content.decode()


def test_a_get_changes_nothing(ana: Client, schedule: Any) -> None:
    schedule()
    entries = AuditEntry.objects.count()
    ana.get(FORM)
    assert not Run.objects.exists() and AuditEntry.objects.count() == entries


def test_it_queues_one_run_and_goes_back_with_its_id(ana: Client, schedule: Any, alive: None) -> None:
    schedule(title="Nightly sum")
    answer = ana.post(
        FORM, {**fields(ana), "reason": "customer asked"}, REMOTE_ADDR="10.1.4.7", HTTP_USER_AGENT="Firefox"
    )
    run = Run.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/ops/?queued={run.pk}"
    assert (run.origin, run.requested_by, run.kwargs) == ("manual", "Ana Bianchi", {"a": 1, "b": 2})
    page = words(ana, answer["Location"])
    assert f"Queued. Task id {run.pk} : Nightly sum Queued" in page
    entry = AuditEntry.objects.latest("number")
    assert (entry.verb, entry.channel, entry.ip, entry.user_agent, entry.reason) == (
        "TASK_EXECUTION_STARTED", "dashboard", "10.1.4.7", "Firefox", "customer asked",
    )  # fmt: skip


def test_the_message_follows_the_run(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    back = ana.post(FORM, fields(ana))["Location"]
    end_all()
    assert "nightly Successful" in words(ana, back) or "Successful" in words(ana, back)


def test_the_same_form_twice_is_one_run(ana: Client, schedule: Any, alive: None) -> None:
    schedule()
    form = fields(ana)
    first, second = ana.post(FORM, form), ana.post(FORM, form)
    assert Run.objects.count() == 1
    assert second["Location"] == first["Location"] + "&again=1"
    assert "Already queued." in words(ana, second["Location"])


def test_a_form_opened_again_is_another_run(ana: Client, schedule: Any, alive: None) -> None:
    schedule(overlap="allow")
    ana.post(FORM, fields(ana))
    ana.post(FORM, fields(ana))
    assert Run.objects.count() == 2


def test_without_the_token_of_the_form_nothing_is_queued(ana: Client, schedule: Any) -> None:
    schedule()
    form = fields(ana)
    del form["csrfmiddlewaretoken"]
    assert ana.post(FORM, form).status_code == 403
    assert not Run.objects.exists()


def test_arguments_can_be_changed_for_one_run(ana: Client, schedule: Any) -> None:
    schedule()
    ana.post(FORM, {**fields(ana), "arguments": '{"a": 40, "b": 2}'})
    assert Run.objects.get().kwargs == {"a": 40, "b": 2}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("{", "expected a JSON object"),
        ("[1]", "got list"),
        ('{"a": 1}', "b was taken out"),
        ('{"a": "x", "b": 2}', "a"),
        ('{"a": 1, "b": 2, "c": 3}', "c"),
        ("[" * 20_000, "expected a JSON object"),
        ("x" * 30_000, "at most 20,000 characters"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_and_what_was_typed_stays(
    ana: Client, schedule: Any, arguments: str, sentence: str
) -> None:
    schedule()
    answer = ana.post(FORM, {**fields(ana), "arguments": arguments, "reason": "typed before"})
    page = answer.content.decode()
    assert answer.status_code == 400 and not Run.objects.exists()
    problem = re.search(r'id="problem" role="alert">(.*?)</p>', page, re.S)
    assert problem and sentence in problem[1]
    assert 'aria-invalid="true"' in page and "typed before" in page


def test_a_secret_argument_is_not_shown_and_not_lost(ana: Client, schedule: Any) -> None:
    schedule(task=tasks.take_all, kwargs={"api_key": "canary", "days": 7})
    assert "canary" not in ana.get(FORM).content.decode()
    form = {**fields(ana), "arguments": json.dumps({"api_key": "[redacted]", "days": 30})}
    ana.post(FORM, form)
    run = Run.objects.get()
    assert run.kwargs == {"api_key": "canary", "days": 30}
    assert "canary" not in ana.get(f"/ops/runs/{run.pk}/").content.decode()


def test_an_overlap_is_told(ana: Client, schedule: Any, alive: None) -> None:
    schedule(overlap="skip")
    ana.post(FORM, fields(ana))
    back = ana.post(FORM, fields(ana))["Location"]
    assert Run.objects.filter(state="SKIPPED").count() == 1
    assert "Skipped" in words(ana, back)


def test_the_page_shows_no_message_for_what_is_no_run(ana: Client) -> None:
    for text in ("x", "00000000-0000-0000-0000-000000000007", "<b>"):
        assert "Task id" not in words(ana, f"/ops/?queued={text}")
