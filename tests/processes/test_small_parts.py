"""Options, log lines, announcements, outages, unknown tasks."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from rota import clock
from rota.exceptions import InvalidInput
from rota.ledger.plan import Entry
from rota.models import Process, Reason, Run, State
from rota.processes import announce, rows
from rota.processes.death import status_of
from rota.processes.journal import HumanLines, JsonLines
from rota.processes.options import Options
from rota.processes.outage import Outage
from rota.processes.parking import park_unknown
from tests.processes.conftest import USING, put

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"processes": 0}, "whole number from 1"),
        ({"threads": True}, "whole number from 1"),
        ({"poll": 0}, "seconds above 0"),
        ({"log_format": "jsn"}, "Did you mean json?"),
        ({"scheduler": False, "workers": False}, "Nothing to run"),
    ],
)
def test_impossible_options_are_refused_with_a_sentence(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput, match=says.replace("?", r"\?")):
        Options(**wrong)  # type: ignore[arg-type]


def record(text: str, *, error: bool = False) -> logging.LogRecord:
    """A log record, with a traceback if asked for."""
    try:
        raise ValueError("first\nsecond\x1b[31m")
    except ValueError:
        info = sys.exc_info() if error else None
    return logging.LogRecord("rota", logging.ERROR, "", 0, text, (), info)


def test_no_text_forges_a_line_or_reaches_the_terminal() -> None:
    lines = HumanLines("worker").format(record("one\ntwo\x1b[2J\x00", error=True)).splitlines()
    assert "one\\ntwo\\x1b[2J\\x00" in lines[0] and " ERROR worker[" in lines[0]
    assert all(line.startswith("    ") for line in lines[1:])
    assert not any("\x1b" in line for line in lines)


def test_a_line_can_be_written_whatever_is_in_it() -> None:
    line = HumanLines("worker").format(record("half a pair \ud800, a line \u2028, emoji \U0001f4a9"))
    assert line.encode().decode().endswith("half a pair \\ud800, a line \\u2028, emoji \U0001f4a9")


def test_machines_get_one_object_a_line() -> None:
    line = JsonLines("worker").format(record("one\ntwo", error=True))
    found = json.loads(line)
    assert "\n" not in line
    assert (found["level"], found["process"], found["message"]) == ("ERROR", "worker", "one\ntwo")
    assert "ValueError: first" in found["traceback"]


def entry(key: str, minutes: int, state: str, reason: str = "", *, recovered: bool = False) -> Entry:
    """A row that the first round wrote."""
    return Entry(key, NOW - timedelta(minutes=minutes), None, 1, state, reason, recovered, False)


def test_what_was_missed_is_told_at_start(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rota")
    announce.missed(
        [
            entry("nightly", 45, State.READY, recovered=True),
            entry("hourly", 180, State.SKIPPED, Reason.SUPERSEDED),
            entry("on-time", 0, State.READY),
        ],
        NOW,
    )
    assert caplog.messages == [
        "Found 2 potentially missed tasks:",
        "  - nightly (scheduled 45 min ago)",
        "  - hourly (scheduled 3 h ago)",
        "Re-triggering missed task: nightly",
        "Successfully re-triggered: nightly",
        "Not re-triggered: hourly (SKIPPED, superseded)",
    ]


def test_nothing_missed_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "rota")
    announce.missed([entry("on-time", 0, State.READY)], NOW)
    assert caplog.messages == ["No missed tasks detected"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s ago"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 day(s) ago")]
)
def test_ages_in_words(seconds: int, said: str) -> None:
    assert announce.ago(timedelta(seconds=seconds)) == said


def test_an_exit_is_told_in_words() -> None:
    assert status_of(1) == "exit status 1"
    assert status_of(-9) == "killed by signal 9 (SIGKILL)"


@pytest.mark.django_db
def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "rota")
    outage = Outage("worker", "default")

    def refuse() -> float:
        raise OperationalError("no route to the database")

    sleeps = [outage.guard(refuse) for _ in range(8)]
    assert outage.on and max(sleeps) <= 5 and sleeps[-1] > sleeps[0]
    assert outage.guard(lambda: 0.25) == 0.25
    assert [message.partition(",")[0].partition(" after")[0] for message in caplog.messages] == [
        "worker: the database does not answer",
        "worker: the database is back",
    ]


def worker(unknown: list[str], queues: list[str]) -> None:
    """A live worker that has met these tasks."""
    process_id = uuid.uuid4()
    rows.register(process_id, "worker", using=USING, queues=queues)
    rows.note_unknown(process_id, unknown, using=USING)


@pytest.mark.django_db
def test_a_task_is_parked_only_when_no_worker_of_its_queue_knows_it() -> None:
    run = put("note", "x", queue_name="reports")
    worker([run.task_path], ["reports"])
    worker([], ["mail"])
    worker([], [])
    assert park_unknown(using=USING, now=clock.now(USING)) == 0
    Process.objects.filter(queues=[]).delete()
    assert park_unknown(using=USING, now=clock.now(USING)) == 1
    assert Run.objects.get(pk=run.pk).parked_at is not None
