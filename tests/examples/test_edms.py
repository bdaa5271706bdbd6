"""Each schedule of the example project does its work on real rows, real mail and a real service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sources import ROOT

DRIVER = ROOT / "tests" / "examples" / "driver.py"
CALENDARS = {
    "process-document-effective-dates": "Every hour, UTC",
    "process-document-obsoletion-dates": "At 15 minutes past every hour, UTC",
    "perform-system-health-check": "Every 30 minutes, UTC",
    "check-workflow-timeouts": "At minute 0 past hours 0, 4, 8, 12, 16, and 20, UTC",
    "process-periodic-reviews": "Every day at 09:00, UTC",
    "send-daily-health-report": "Every day at 07:00, UTC",
    "cleanup-celery-results": "Every day at 03:00, UTC",
    "run-daily-integrity-check": "Every day at 02:00, UTC",
    "verify-audit-trail-checksums": "Every Sunday at 01:00, UTC",
    "tempo-sync-daily": "Every day at 08:00, UTC",
    "send-test-email": "Never (manual only): 31 February does not exist",
    "run-addition-task": "Every minute",
    "tempo-sync-hours": "Every 2 minutes",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the driver saw; it runs once for all tests of this file."""
    return json.loads(in_the_project(tmp_path_factory.mktemp("edms"), DRIVER))


def in_the_project(var: Path, *command: object) -> str:
    environment = {**os.environ, "EDMS_VAR": str(var)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, *map(str, command)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def new_mails(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The files of a mail box are in no order of time."""
    return [mail for mail in after["mails"] if mail not in before["mails"]]


@pytest.fixture
def seen(told: dict[str, Any]) -> Callable[[str], tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """The run of a schedule, and the facts before and after it."""

    def seen(key: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        run = told[key]
        assert run["state"] == "SUCCESSFUL", (key, run["error"])
        return run, run["before"], run["after"]

    return seen


def test_documents_take_effect(seen: Any) -> None:
    run, before, after = seen("process-document-effective-dates")
    moved = run["result"]["made_effective"]
    assert moved > 5
    assert before["approved"] - after["approved"] == moved == after["effective"] - before["effective"]
    assert after["notifications"] - before["notifications"] == moved


def test_documents_are_withdrawn(seen: Any) -> None:
    run, before, after = seen("process-document-obsoletion-dates")
    moved = run["result"]["made_obsolete"]
    assert (
        moved > 3
        and after["obsolete"] - before["obsolete"] == moved == before["effective"] - after["effective"]
    )


def test_late_workflows_are_marked(seen: Any) -> None:
    run, before, after = seen("check-workflow-timeouts")
    assert run["result"]["overdue"] > 3
    assert after["overdue"] - before["overdue"] == run["result"]["overdue"]
    assert after["notifications"] - before["notifications"] == run["result"]["overdue"]


def test_owners_are_asked_for_reviews_by_mail(seen: Any) -> None:
    run, before, after = seen("process-periodic-reviews")
    assert run["result"]["asked"] > 3 and after["asked"] - before["asked"] == run["result"]["asked"]
    assert len(new_mails(before, after)) == run["result"]["owners"]
    assert any("Documents waiting for your review" in mail for mail in after["mails"])


def test_the_health_check_tells_of_every_schedule(seen: Any, told: Any) -> None:
    run, _, _ = seen("perform-system-health-check")
    assert set(run["result"]["schedules"]) == set(told)


def test_the_health_report_is_mailed(seen: Any) -> None:
    _, before, after = seen("send-daily-health-report")
    (mail,) = new_mails(before, after)
    assert "To: quality@example.org" in mail and "Put documents into force" in mail


def test_old_results_are_cleaned_up(seen: Any) -> None:
    run, before, after = seen("cleanup-celery-results")
    # Of the two old ones the newer stays: it is the last run of its schedule. The clean-up's own run is new.
    assert run["result"] == {"rows": 1, "runs": 1}
    assert after["runs"] == before["runs"] + 1 - 1


def test_the_ledger_is_sound(seen: Any) -> None:
    run, _, _ = seen("run-daily-integrity-check")
    assert run["result"] == {"problems": 0}


def test_the_audit_trail_is_whole(seen: Any) -> None:
    run, _, _ = seen("verify-audit-trail-checksums")
    assert run["result"]["entries"] > 15


def test_the_test_mail_comes_by_hand(seen: Any) -> None:
    _, before, after = seen("send-test-email")
    (mail,) = new_mails(before, after)
    assert "rota: test mail" in mail


def test_the_management_command_keeps_its_output(seen: Any) -> None:
    run, _, _ = seen("run-addition-task")
    assert "10 + 20 = 30" in run["log"] and "10 + 20 = 30" in json.dumps(run["result"])


@pytest.mark.parametrize(("key", "days"), [("tempo-sync-daily", 7), ("tempo-sync-hours", 1)])
def test_hours_are_copied(seen: Any, key: str, days: int) -> None:
    run, _, after = seen(key)
    assert run["result"]["entries"] == days * 14
    # Seven days hold today as well, so the second sync writes the same rows again.
    assert after["entries"] == 7 * 14


def test_the_command_works_by_hand_and_writes_its_file(tmp_path: Path) -> None:
    manage = ROOT / "examples" / "edms" / "manage.py"
    log = tmp_path / "logs" / "addition.log"
    output = in_the_project(
        tmp_path, manage, "run_addition_task", "--x=5", "--y=10", "--verbose", "--log-file", log
    )
    assert output == "5 + 10 = 15\n"
    assert log.read_text().endswith(" 5 + 10 = 15\n")


def test_the_schedules_come_at_the_times_that_were_asked_for(tmp_path: Path) -> None:
    found = json.loads(in_the_project(tmp_path, DRIVER.with_name("declared.py")))
    words = {key: said for key, (said, _) in found.items()}
    assert words == CALENDARS
    assert found["cleanup-celery-results"][1] == "Clean up old results"
    assert found["send-test-email"][1] == "Send Test Email"
