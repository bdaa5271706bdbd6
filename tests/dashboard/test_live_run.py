"""The page of a run that is being performed: how far it is, what it logs, and when to stop looking."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rota import clock
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.open_attempts import Shown, show
from rota.models import Outcome
from tests.dashboard.conftest import plan
from tests.dashboard.test_schedules_page import words

LOG = (
    "2026-11-22T03:00:00.123Z INFO shop: began\n"
    "printed <b>bold</b> \x1b[31mred\n"
    "2026-11-22T03:00:01.123Z ERROR shop: no\n\tTraceback\n"
)


@pytest.fixture
def running(schedule: Any) -> Claimed:
    schedule()
    clock.step(timedelta(hours=1))
    plan()
    return claim(uuid.uuid4(), [], 1, using="default")[0]


def tell(run: Claimed, done: float, total: float | None, text: str = "", log: str = LOG) -> None:
    progress = {"done": done, "total": total, "text": text}
    show([Shown(run.run_id, run.token, progress, log)], using="default", now=clock.now("default"))


def page_of(client: Client, run: Claimed) -> str:
    return client.get(f"/ops/runs/{run.run_id}/").content.decode()


def end(run: Claimed, outcome: str = Outcome.SUCCEEDED, **given: Any) -> None:
    now = clock.now("default")
    ending = Ending(
        run_id=run.run_id, token=run.token, attempt=run.attempt, outcome=outcome, started_at=now, finished_at=now,
        held_by=uuid.uuid4(), worker="host:1", **given,
    )  # fmt: skip
    finish([ending], using="default", now=now)


def test_it_looks_again_within_two_seconds_until_the_run_has_ended(ana: Client, running: Claimed) -> None:
    every = re.search(r'<div id="live" data-url="[^"]+" data-every="(\d+)">', page_of(ana, running))
    assert every and int(every[1]) <= 1000
    end(running)
    assert '<div id="live">' in page_of(ana, running)


def test_before_anything_was_told_it_says_so(ana: Client, running: Claimed) -> None:
    page = words(ana, f"/ops/runs/{running.run_id}/")
    assert "It has logged nothing and told no progress so far." in page
    assert "<progress" not in page_of(ana, running)


def test_a_bar_with_words_for_those_who_cannot_see_it(ana: Client, running: Claimed) -> None:
    tell(running, 1234, 5000, "<i>importing</i>")
    page = page_of(ana, running)
    bar = re.search(r"<progress[^>]*>", page)
    assert bar and 'max="100" value="24"' in bar[0] and 'aria-label="Progress"' in bar[0]
    assert 'aria-valuetext="1,234 of 5,000 (24 %): &lt;i&gt;importing&lt;/i&gt;"' in bar[0]
    assert "1,234 of 5,000 (24 %)" in page and "<i>importing" not in page


def test_without_a_total_the_bar_has_no_value_and_vanishes_at_the_end(ana: Client, running: Claimed) -> None:
    tell(running, 7, None)
    bar = re.search(r"<progress[^>]*>", page_of(ana, running))
    assert bar and "value=" not in bar[0]
    assert "7 done" in words(ana, f"/ops/runs/{running.run_id}/")
    end(running, progress={"done": 7, "total": None, "text": ""})
    assert "<progress" not in page_of(ana, running)
    assert "7 done" in words(ana, f"/ops/runs/{running.run_id}/")


def test_each_line_of_the_log_has_its_level_and_no_control_characters(ana: Client, running: Claimed) -> None:
    tell(running, 1, 2)
    page = page_of(ana, running)
    assert '<span class="l-info">2026-11-22T03:00:00.123Z INFO shop: began</span>' in page
    assert "\nprinted &lt;b&gt;bold&lt;/b&gt; \\x1b[31mred\n" in page
    assert '<span class="l-error">2026-11-22T03:00:01.123Z ERROR shop: no\n\tTraceback</span>' in page
    assert 'id="log-live"' in page and "style=" not in page.partition("<main")[2]


def test_what_it_had_come_to_stays_with_the_attempt(ana: Client, running: Claimed) -> None:
    tell(running, 1, 2)
    progress = {"done": 1, "total": 4, "text": "a"}
    end(running, Outcome.FAILED, error_class="OSError", error="x", log=LOG, progress=progress)
    page = page_of(ana, running)
    assert 'value="25"' in page and 'id="log-1"' in page and "log-live" not in page
    assert '<span class="l-error">' in page
