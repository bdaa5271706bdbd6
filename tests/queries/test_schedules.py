"""The overview says what is true in the ledger, in a fixed number of queries, and never a bare "never"."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rota.actions import Actor, run_now
from rota.exceptions import UnknownName
from rota.ledger.halts import write_halt
from rota.ledger.prune import prune
from rota.models import Cursor, Run, Schedule, Tally
from rota.queries import schedules
from rota.schedules import edit, pausing
from tests.queries.conftest import NOW, USING, alive, at, broken, plan, process, schedule, work


def rows(hours, **given):
    return {row.key: row for row in schedules.overview(at(hours), using=USING, **given)}


def why(key, hours=0.5):
    return schedules.why(Schedule.objects.get(key=key), at(hours), using=USING)


def test_last_run_next_run_totals_and_rates_are_read_from_the_ledger():
    schedule("ok", title="Fine", category="A", queue_name="default")
    schedule("bad", target=broken, category="B")
    for hour in (1, 2, 3):
        plan(hour)
        work(hour, seconds=hour)
    found = rows(3.5)
    ok, bad = found["ok"], found["bad"]
    assert (ok.standing.kind, ok.last_run.state, ok.last_run.seconds) == ("successful", "SUCCESSFUL", 3)
    assert (ok.next_run, ok.calendar) == (at(4), "Every hour, UTC")
    assert (ok.totals.runs, ok.totals.success_rate, ok.totals.average_seconds) == (3, 1.0, 2.0)
    assert (bad.standing.word, bad.standing.detail) == ("Failed", "after attempt 1 of 1")
    assert (bad.totals.runs, bad.totals.success_rate, bad.totals.average_seconds) == (3, 0.0, None)
    assert (ok.title, ok.owner, ok.queue_name) == ("Fine", "database", "default")


def test_totals_stay_true_after_pruning_and_ranges_are_no_runs():
    schedule("ok", catch_up="none")
    plan(0.99)
    for hour in (1, 2, 3):
        plan(hour)
        work(hour)
    plan(48)
    work(48)
    before = rows(48)["ok"].totals
    assert before.runs == 4
    assert Run.objects.filter(state="SKIPPED", due_count__gt=1).exists()
    prune(at(24), using=USING, now=at(48))
    assert Tally.objects.filter(state="SUCCESSFUL", day=date(2026, 3, 10)).exists()
    assert rows(48)["ok"].totals == before


def test_a_manual_run_is_a_run_and_counts_at_once():
    schedule("ok")
    run_now("ok", Actor("Ana"))
    assert rows(0)["ok"].standing.kind == "ready"
    work(0)
    assert (rows(0)["ok"].totals.runs, rows(0)["ok"].last_run.due_at) == (1, None)


def test_the_number_of_queries_does_not_grow_with_the_schedules(django_assert_max_num_queries):
    for number in range(60):
        schedule(f"s{number}", "@daily")
    plan(14)
    with django_assert_max_num_queries(13):
        assert len(rows(14)) == 60


def test_why_it_never_ran():
    schedule("daily", "0 8 * * *")
    schedule("never", "0 0 31 2 *")
    schedule("elsewhere", "0 8 * * *")
    pausing.pause("elsewhere", "Ana", using=USING, now=NOW, reason="stock take")
    assert "No scheduler has ever been started" in why("daily")
    assert why("elsewhere") == "It is paused by Ana since 2026-03-10 12:00 UTC: stock take."
    assert why("never") == "Its calendar never comes; it runs only by hand."
    supervisor = alive()
    assert why("daily", 1 / 3600) == "Its first run is still ahead: 2026-03-11 08:00 UTC, in 19 h."
    assert "No scheduler is alive. Start one with: manage.py rota run" in why("daily", 1)
    supervisor.last_heartbeat_at = at(1)
    supervisor.save()
    Cursor.objects.filter(schedule__key="daily").update(error="no zone Mars/Base")
    assert why("daily", 1) == "It cannot be planned: no zone Mars/Base"
    write_halt(at=NOW, expected_at=NOW, detail="The clock jumped.", using=USING)
    assert why("daily", 1) == "Planning is halted: The clock jumped."


def test_why_a_run_that_is_due_does_not_begin():
    schedule("hourly")
    above = process("supervisor", seen=1)
    process("scheduler", parent=above.pk)
    plan(1)
    assert why("hourly", 1) == (
        "The queue 'default' has no live worker. Start one with: manage.py rota run --queues default"
    )
    worker = process("worker", parent=above.pk, queues=["mail"])
    assert "no live worker" in why("hourly", 1)
    worker.queues, worker.unknown = [], ["tests.queries.conftest.fine"]
    worker.save()
    assert (
        why("hourly", 1)
        == "No live worker of the queue 'default' knows the task tests.queries.conftest.fine."
    )
    worker.unknown = []
    worker.save()
    assert why("hourly", 1) == "It waits for a worker."


@pytest.mark.parametrize(("prepare", "kind", "word"), [
    (lambda: schedule("x", "0 0 31 2 *"), "manual", "Manual only"),
    (lambda: schedule("x", "0 8 * * *"), "never", "Never run"),
])  # fmt: skip
def test_no_bare_never(prepare, kind, word):
    prepare()
    stands = rows(0)["x"].standing
    assert (stands.kind, stands.word) == (kind, word)
    assert stands.detail.endswith((".", "run"))


def test_paused_and_retired_rows_have_no_next_run():
    schedule("a")
    schedule("b")
    schedule("c")
    pausing.pause("a", "Ana", using=USING, now=NOW)
    pausing.pause("b", "Ana", using=USING, now=NOW, until=at(5.5))
    edit.retire("c", by="Ana", using=USING, now=NOW)
    found = rows(0, retired=True)
    assert [found[key].next_run for key in "abc"] == [None, at(6), None]
    assert [found[key].standing.word for key in "abc"] == ["Paused", "Paused", "Retired"]
    assert "c" not in rows(0)
    assert rows(6)["b"].standing.kind == "never"


def test_a_calendar_that_cannot_be_read_any_more_is_shown():
    schedule("x")
    Schedule.objects.update(calendar="0 8 * * * Mars/Base")
    found = rows(0)["x"]
    assert (found.calendar, found.next_run) == ("0 8 * * * Mars/Base (cannot be read)", None)


def test_find_takes_any_form_and_names_the_nearest():
    schedule("mail-Daily_1")
    assert schedules.find("MAIL_daily-1", using=USING).key == "mail-Daily_1"
    with pytest.raises(UnknownName, match="Did you mean mail-Daily_1"):
        schedules.find("mail-dayly-1", using=USING)
    with pytest.raises(UnknownName):
        schedules.find("x" * 5000, using=USING)


def test_a_run_that_waits_to_be_tried_again_says_when():
    schedule("x")
    plan(1)
    Run.objects.update(attempt_count=1, max_attempts=4, run_after=at(1) + timedelta(minutes=5))
    assert rows(1)["x"].standing.detail == "attempt 2 of 4 in 5 min"
