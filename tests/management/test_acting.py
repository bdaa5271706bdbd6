"""The verbs that act: each says what it did, is audited with who and why, and has its exit code."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from rota import clock
from rota.actions import Actor, run_now
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.plan import plan_due
from rota.models import AuditEntry, Outcome, Run, Schedule
from tests.management.conftest import NOW, rota, schedule
from tests.project import tasks

pytestmark = pytest.mark.usefixtures("project")


def begin():
    return claim(uuid.uuid4(), [], 10, using="default")


def dead_letter(key="fails"):
    receipt = run_now(key, Actor("Ana"))
    endings = [
        Ending(
            run_id=one.run_id, token=one.token, attempt=one.attempt, outcome=Outcome.FAILED, started_at=NOW,
            finished_at=NOW, held_by=uuid.uuid4(), worker="h:1", error_class="builtins.ValueError", error="no",
        )
        for one in begin()
    ]  # fmt: skip
    finish(endings, using="default", now=NOW)
    return str(receipt.run_id)


def test_now_queues_and_says_the_id():
    answer = rota("now", "sums.daily", "--args", "[3, 4]", "--reason", "customer asked", "--as", "Ana")
    run = Run.objects.get()
    assert f"Queued  {run.pk}  sums.daily  queue default  by Ana (cli)" in answer.out
    assert "No live worker serves the queue default" in answer.err
    assert (answer.code, run.args, run.requested_by) == (0, [3, 4], "Ana")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.channel, entry.reason) == ("Ana", "cli", "customer asked")
    assert entry.actor_id


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["sums.dayly"], 3, "Did you mean sums.daily"),
        (["sums.daily", "--args", "[1, 2"], 2, "--args: expected JSON"),
        (["sums.daily", "--args", "{}"], 2, "expected a list"),
        (["fails", "--arg", "message"], 2, "expected name=value"),
        (["fails", "--arg", "mesage=x"], 2, "Did you mean message"),
        (["fails", "--arg", "message=7"], 2, "message"),
        (["fails", "--timeout", "soon"], 2, "Expected a span of time"),
    ],
)
def test_what_now_refuses(words, code, sentence):
    answer = rota("now", *words)
    assert (answer.code, sentence in answer.err) == (code, True), answer
    assert not Run.objects.exists()


def test_now_tells_an_overlap_with_its_own_code():
    rota("now", "sums.daily")
    begin()
    answer = rota("now", "sums.daily", "--json")
    assert (answer.code, answer.json["state"], answer.json["reason"]) == (4, "SKIPPED", "overlap")


def test_now_dry_run_and_the_same_key_twice():
    assert "Would queue sums.daily" in rota("now", "sums.daily", "--dry-run").out
    rota("now", "sums.daily", "--idempotency-key", "k")
    assert "Already queued" in rota("now", "sums.daily", "--idempotency-key", "k").out
    assert Run.objects.count() == 1


def test_waiting_gives_up_with_a_code_of_its_own():
    answer = rota("now", "sums.daily", "--wait", "--timeout", "0.2s")
    assert (answer.code, "is still READY" in answer.err) == (5, True)


def test_pause_and_resume():
    answer = rota(
        "pause", "sums-DAILY".replace("-", "."), "--until", "2h", "--reason", "stock take", "--as", "Ana"
    )
    row = Schedule.objects.get(key="sums.daily")
    assert (row.paused_by, row.paused_until) == ("Ana", NOW + timedelta(hours=2))
    assert "Paused sums.daily until 2026-03-10 14:00:00" in answer.out
    assert rota("pause", "sums.daily").code == 4
    assert "Next: Wed 11 Mar 08:00" in rota("resume", "sums.daily").out
    assert rota("resume", "sums.daily").code == 4
    assert rota("pause", "sums.daily", "--until", "2020-01-01").code == 2


def test_failed_retry_and_discard():
    first, second = dead_letter(), dead_letter()
    assert "builtins.ValueError: no" in rota("failed").out
    assert rota("failed", "--json").json[0]["error"] == "builtins.ValueError: no"
    assert f"in place of {first}" in rota("retry", first).out
    again = rota("retry", first)
    assert (again.code, "settled already: run again as" in again.err) == (4, True)
    assert rota("discard", second, "--reason", "old").code == 0
    assert "No failed runs" in rota("failed").out


def test_many_dead_letters_at_once_ask_first():
    dead_letter()
    dead_letter()
    assert "Would retry 2 runs" in rota("retry", "--all", "--dry-run").out
    assert rota("retry", "--all").code == 2
    assert (
        "No failed runs that wait for a decision match."
        in rota("retry", "--all", "--task", "add", "--yes").out
    )
    done = rota("retry", "--all", "--schedule", "fails", "--yes", "--json")
    assert [one["ok"] for one in done.json] == [True, True]
    assert rota("retry").code == 2
    assert rota("retry", str(uuid.uuid4())).code == 3


def test_cancel():
    rota("now", "sums.daily")
    run = Run.objects.get()
    refused = rota("cancel", str(run.pk), "--attempt", "2")
    assert (refused.code, "is at attempt 1, not 2" in refused.err) == (4, True)
    assert rota("cancel", str(run.pk)).out == f"Cancelled {run.pk}.\n"
    assert rota("cancel", str(run.pk)).code == 4


def test_held_release_and_drop():
    schedule("asks", "@hourly", tasks.urgent, catch_up="ask")
    with clock.frozen(NOW + timedelta(hours=3, minutes=30)):
        plan_due(using="default", now=clock.now("default"))
        held = [one["id"] for one in rota("held", "asks", "--json").json]
        assert len(held) == 3
        assert rota("release", held[0]).out == "Released 1 run.\n"
        assert "Would drop 2 held runs" in rota("drop", "--all", "asks", "--dry-run").out
        assert rota("drop", "--all", "asks", "--yes").out == "Dropped 2 runs.\n"
        assert rota("drop", held[1]).code == 4
        assert "No runs are held." in rota("held").out


def test_create_edit_and_retire():
    made = rota(
        "create", "new", "--task", "tests.project.tasks.fail", "--calendar", "every 5 minutes", "--arg", "message=x",
        "--window", "2h", "--critical", "no", "--overlap", "queue", "--queue", "default",
    )  # fmt: skip
    assert "Created new (version 1, every 5 minutes" in made.out
    row = Schedule.objects.get(key="new")
    assert (row.definition["kwargs"], row.definition["catch_up_window"]) == ({"message": "x"}, 7200)
    assert "version 2" in rota("edit", "new", "--calendar", "@daily", "--title", "New").out
    row.refresh_from_db()
    assert (row.title, row.definition["overlap"]) == ("New", "queue")
    assert rota("edit", "new").code == 2
    assert rota("edit", "new", "--title", "New").code == 4
    assert "Retired new" in rota("retire", "new").out
    assert rota("create", "x", "--calendar", "@daily").code == 2
    assert rota("create", "x", "--calendar", "@dayly", "--task", "tests.project.tasks.fail").code == 2
    assert rota("create", "x", "--calendar", "@daily", "--task", "tests.project.tasks.fial").code == 3
    assert rota("create", "x", "--calendar", "@daily", "--command", "shell").code == 2


def test_a_calendar_that_never_comes_is_taken_with_a_warning():
    answer = rota("create", "never", "--task", "tests.project.tasks.fail", "--calendar", "0 0 31 2 *")
    assert (answer.code, "never comes" in answer.err) == (0, True)


def test_what_code_owns_is_refused():
    Schedule.objects.filter(key="fails").update(source="code", origin="shop.tasks:12")
    for words in (["edit", "fails", "--title", "x"], ["retire", "fails"]):
        answer = rota(*words)
        assert (answer.code, "shop.tasks:12" in answer.err) == (4, True)


def test_sync_prints_what_it_changed_and_check_changes_nothing(settings):
    settings.ROTA = {
        "SCHEDULES": {"from.settings": {"task": "tests.project.tasks.urgent", "calendar": "@daily"}}
    }
    looked = rota("sync", "--check")
    assert (looked.code, "+ from.settings added" in looked.out) == (1, True)
    assert not Schedule.objects.filter(key="from.settings").exists()
    assert "+ from.settings added" in rota("sync").out
    assert rota("sync", "--check").code == 0
    settings.ROTA = {}
    assert "- from.settings retired" in rota("sync").out


def test_prune_and_accept_clock():
    dead_letter()
    with clock.frozen(NOW + timedelta(days=200)):
        assert "Removed 0 rows" in rota("prune", "--older-than", "30d").out
    assert rota("accept-clock").code == 4
