"""The tasks that come with rota, on real rows and real mail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import pytest
from django.core import mail

from rota import clock, tasks
from rota.audit.actor import Actor
from rota.audit.record import record
from rota.exceptions import InvalidInput
from rota.models import AuditEntry, Outcome, Run, Tally
from rota.schedules import edit, registry
from rota.tasks import ProblemFound
from tests.dashboard.conftest import end_all, plan
from tests.project.tasks import add

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def project(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.ROTA = {"MAIL_TO": ["quality@example.org"]}
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    with registry.apart(), clock.frozen(START):
        yield


@pytest.fixture
def hourly() -> Callable[..., None]:
    """A schedule, and some hours of it really planned, claimed and ended."""
    edit.create(
        "sum", "0 * * * *", add, kwargs={"a": 1, "b": 2}, title="Sum", by="Ana", using="default", now=START
    )

    def live(hours: int, outcome: str = Outcome.SUCCEEDED, **given: Any) -> None:
        for _ in range(hours):
            clock.step(timedelta(hours=1))
            plan()
            end_all(outcome, **given)

    return live


def test_pruning_removes_what_is_old_and_keeps_its_count(hourly: Callable[..., None]) -> None:
    hourly(3)
    clock.step(timedelta(days=8))
    hourly(1)
    before = Run.objects.count()
    assert tasks.prune_runs.call(days_to_keep=7) == {"rows": 3, "runs": 3}
    assert Run.objects.count() == before - 3
    assert sum(Tally.objects.values_list("count", flat=True)) == 3


def test_failed_runs_stay_until_somebody_decides(hourly: Callable[..., None]) -> None:
    hourly(1, Outcome.FAILED)
    clock.step(timedelta(days=100))
    tasks.prune_runs.call()
    assert Run.objects.filter(state="FAILED").exists()


def test_pruning_everything_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 1, got 0"):
        tasks.prune_runs.call(days_to_keep=0)


def test_a_whole_trail_is_verified() -> None:
    entry = record(Actor("Ana"), "paused", "sum", using="default", now=START)
    assert tasks.verify_audit_trail.call() == {"entries": 1, "head": entry.digest, "notes": []}


def test_a_trail_that_was_tampered_with_fails_the_run() -> None:
    for n in range(3):
        record(Actor("Ana"), "paused", f"s{n}", using="default", now=START)
    AuditEntry.objects.filter(number=2).update(actor="Eve")
    with pytest.raises(ProblemFound, match=r"tampered with\. Edited: entry 2"):
        tasks.verify_audit_trail.call()


def test_a_sound_ledger_passes(hourly: Callable[..., None]) -> None:
    hourly(2)
    assert tasks.check_ledger.call() == {"problems": 0}


def test_an_instant_without_a_row_fails_the_check(hourly: Callable[..., None]) -> None:
    hourly(2)
    Run.objects.order_by("due_at")[0].delete()
    with pytest.raises(ProblemFound, match=r"sum was due 2 times .* has rows for 1"):
        tasks.check_ledger.call()


def test_health_is_json_and_tells_what_is_wrong(hourly: Callable[..., None]) -> None:
    hourly(1, Outcome.FAILED, error_class="ValueError", error="no")
    found = json.loads(json.dumps(tasks.report_health.call()))
    assert found["status"] == "problems"
    assert found["schedules"]["sum"] == {
        "standing": "failed", "detail": "after attempt 1 of 1", "runs": 1, "success_rate": 0.0,
        "next_run": "2026-11-20T10:00:00+00:00",
    }  # fmt: skip
    assert any("Sum (sum): failed after attempt 1 of 1" in problem for problem in found["problems"])
    assert any("1 failed runs wait" in problem for problem in found["problems"])
    assert any("No scheduler is alive" in problem for problem in found["problems"])


def test_health_is_ok_when_all_is_well(hourly: Callable[..., None]) -> None:
    from tests.dashboard.conftest import announce

    announce()
    hourly(1)
    announce()
    assert tasks.report_health.call()["status"] == "ok"


def test_the_report_is_mailed(hourly: Callable[..., None]) -> None:
    hourly(2)
    assert tasks.send_health_report.call()["sent_to"] == ["quality@example.org"]
    sent = mail.outbox[0]
    assert sent.to == ["quality@example.org"] and sent.subject == "rota: 1 problem"
    assert (
        "- Sum (sum): Successful; 2 runs, 100% successful, on average 2.5 s; next 2026-11-20 11:00 UTC"
        in sent.body
    )


def test_without_anybody_to_mail_to_the_run_fails(settings: Any) -> None:
    settings.ROTA = {}
    with pytest.raises(ProblemFound, match="MAIL_TO"):
        tasks.send_health_report.call()
    assert not mail.outbox


def test_the_test_mail_goes_where_it_is_sent() -> None:
    assert tasks.send_test_email.call()["sent_to"] == ["quality@example.org"]
    assert tasks.send_test_email.call(to="ana@example.org")["sent_to"] == ["ana@example.org"]
    assert [message.to for message in mail.outbox] == [["quality@example.org"], ["ana@example.org"]]
    assert "2026-11-20 08:30:00 UTC" in mail.outbox[0].body


def test_a_recovered_outage_with_missed_runs_is_a_problem(hourly: Callable[..., None]) -> None:
    edit.create("old", "0 * * * *", add, kwargs={"a": 1, "b": 2}, catch_up="all", window=3600, by="Ana",
                using="default", now=clock.now("default"))  # fmt: skip
    clock.step(timedelta(hours=5))
    plan()
    end_all()
    problems = tasks.report_health.call()["problems"]
    assert any(text.startswith("old (old): 4 missed in the last outage.") for text in problems)
