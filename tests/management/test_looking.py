"""The verbs that only look: tables for people, JSON for machines, exit codes for scripts."""

from __future__ import annotations

import uuid

import pytest

from rota.actions import Actor, cancel, run_now
from rota.ledger.halts import write_halt
from rota.models import Process
from rota.schedules import pausing
from tests.management.conftest import NOW, rota, schedule
from tests.project import tasks

pytestmark = pytest.mark.usefixtures("project")


def process(kind, parent=None):
    return Process.objects.create(
        id=uuid.uuid4(), kind=kind, parent=parent, host="web-2", pid=7, started_at=NOW, last_heartbeat_at=NOW
    )


def test_schedules_as_a_table():
    schedule("never", "0 0 31 2 *", tasks.add, args=[1, 2])
    pausing.pause("fails", "Ana", using="default", now=NOW, reason="stock take")
    lines = rota("schedules").out.splitlines()
    assert lines[0].split() == [
        "SCHEDULE",
        "STATUS",
        "CALENDAR",
        "LAST",
        "RUN",
        "NEXT",
        "RUN",
        "RUNS",
        "OWNER",
    ]
    assert "Paused by Ana since 2026-03-10 12:00 UTC: stock take" in lines[1]
    assert "manual only" in lines[2]
    assert "Every day at 08:00, UTC" in lines[3]
    assert "Wed 11 Mar 08:00 (in 20 h)" in lines[3]
    assert len({line.index("Never") for line in lines if "Never (manual" in line}) == 1


def test_schedules_as_json():
    found = {one["key"]: one for one in rota("schedules", "--json").json}
    assert found["sums.daily"]["next_run"] == "2026-03-11T08:00:00Z"
    assert (found["sums.daily"]["title"], found["sums.daily"]["total_runs"]) == ("Sums", 0)


def test_an_empty_project_is_told_what_to_do():
    from rota.models import Cursor, Schedule, Version

    for model in (Version, Cursor, Schedule):
        model.objects.all().delete()
    assert "manage.py rota sync" in rota("schedules").out


def test_times_are_in_the_projects_zone_or_in_utc(settings):
    settings.TIME_ZONE = "Europe/Rome"
    assert "2026-03-11 09:00:00" in rota("next", "sums.daily", "-n", "1").out
    assert "NEXT (UTC)" in rota("next", "sums.daily", "-n", "1", "--utc").out


def test_next_and_why():
    assert rota("next", "sums-daily".replace("-", "."), "-n", "2", "--json").json["next"] == [
        "2026-03-11T08:00:00Z", "2026-03-12T08:00:00Z",
    ]  # fmt: skip
    assert "No scheduler has ever been started" in rota("why", "sums.daily").out
    assert rota("next", "sums.daily", "-n", "0").code == 2


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["next", "sums.dayly"], 3, "Did you mean sums.daily"),
        (["show", "abc"], 3, "first 6 characters or more"),
        (["runs", "--state", "faild"], 2, "Did you mean failed"),
        (["runs", "--since", "yesterdy"], 2, "Expected a time"),
        (["runs", "-n", "0"], 2, "from 1 to"),
        (["schedules", "--category", "Reprots"], 3, "no category"),
    ],
)
def test_a_mistake_is_one_sentence_and_a_code(words, code, sentence):
    answer = rota(*words)
    assert (answer.code, sentence in answer.err) == (code, True)
    assert "Traceback" not in answer.err


def test_runs_and_show():
    receipt = run_now("sums.daily", Actor("Ana"))
    assert str(receipt.run_id) in rota("runs", "--state", "ready", "--since", "1h").out
    assert "No run matches." in rota("runs", "--state", "failed").out
    shown = rota("show", str(receipt.run_id)).out
    assert "Schedule   sums.daily (version 1)" in shown
    assert "Arguments  1 2" in shown
    assert rota("show", str(receipt.run_id), "--json").json["args"] == [1, 2]


def test_status_and_workers_say_when_nothing_is_alive():
    assert (rota("status").code, rota("workers").code) == (69, 69)
    assert "manage.py rota run" in rota("workers").out
    above = process("supervisor")
    process("worker", above.pk)
    assert (rota("status").code, rota("workers").code) == (0, 0)
    assert "1 alive, 1 slot" in rota("status").out
    assert [one["kind"] for one in rota("workers", "--json").json] == ["supervisor", "worker"]
    write_halt(at=NOW, expected_at=NOW, detail="The clock jumped.", using="default")
    halted = rota("status")
    assert (halted.code, "HALTED     The clock jumped." in halted.out) == (1, True)
    assert rota("status", "--json").json["halted"] == "The clock jumped."


def test_control_characters_that_somebody_wrote_do_not_reach_the_terminal():
    receipt = run_now("fails", Actor("Ana"))
    cancel(receipt.run_id, Actor("Ana"), "\x1b[2Jgone\r")
    for answer in (rota("show", str(receipt.run_id)), rota("runs"), rota("audit")):
        assert "\\x1b[2Jgone" in answer.out
        assert not {"\x1b", "\r"} & set(answer.out)


def test_audit_shows_and_verifies():
    run_now("sums.daily", Actor("Ana"), reason="customer asked")
    assert "customer asked" in rota("audit", "--who", "ana").out
    assert rota("audit", "--json").json[0]["verb"] == "TASK_EXECUTION_STARTED"
    whole = rota("audit", "--verify")
    assert (whole.code, "Whole: 1 entries" in whole.out or "Whole: 1 entry" in whole.out) == (0, True)


def test_a_damaged_trail_fails():
    from rota.models import AuditEntry

    run_now("sums.daily", Actor("Ana"))
    AuditEntry.objects.update(actor="Bo")
    damaged = rota("audit", "--verify")
    assert (damaged.code, "Damaged at entry 1" in damaged.out) == (1, True)
