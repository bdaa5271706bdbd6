"""Old history goes, totals and the promise stay."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Sum

from rota.ledger.finish import finish
from rota.ledger.integrity import check
from rota.ledger.plan import plan_due
from rota.ledger.prune import prune
from rota.ledger.settle import settle
from rota.models import Cursor, Run, Schedule, Tally, Version
from tests.ledger.conftest import NOW, USING, MakeSchedule, ended, put, take

LATER = NOW + timedelta(days=100)


def total(schedule: Schedule) -> int:
    kept = Run.objects.filter(schedule=schedule).aggregate(n=Sum("due_count"))["n"] or 0
    return kept + (Tally.objects.filter(schedule=schedule).aggregate(n=Sum("count"))["n"] or 0)


def run_all() -> None:
    while claimed := take():
        finish([ended(each) for each in claimed], using=USING, now=NOW)


def test_totals_stay_true_and_the_last_run_stays(schedule: MakeSchedule) -> None:
    row = schedule(since=NOW - timedelta(hours=6), catch_up="all", catch_up_cap=4, overlap="allow")
    plan_due(using=USING, now=NOW)
    run_all()
    assert total(row) == 6
    pruned = prune(LATER, using=USING, now=LATER)
    assert (pruned.rows, pruned.instants) == (4, 5)
    assert [run.state for run in Run.objects.all()] == ["SUCCESSFUL"]
    assert total(row) == 6


def test_a_pruned_instant_is_never_planned_again(schedule: MakeSchedule) -> None:
    schedule(since=NOW - timedelta(hours=6), catch_up="all", overlap="allow")
    plan_due(using=USING, now=NOW)
    run_all()
    prune(LATER, using=USING, now=LATER)
    Cursor.objects.update(next_due_at=NOW - timedelta(hours=6))
    assert plan_due(using=USING, now=NOW).entries == []


def test_a_stretch_that_still_grows_is_young(schedule: MakeSchedule) -> None:
    """A pause of a hundred days is one row, and last week's instants are in it."""
    row = schedule(since=NOW - timedelta(hours=2))
    Version.objects.update(paused=True)
    plan_due(using=USING, now=NOW)
    plan_due(using=USING, now=LATER)
    assert Run.objects.count() == 1
    assert prune(LATER - timedelta(days=90), using=USING, now=LATER).rows == 0
    assert total(row) == 2 + 100 * 24


def test_what_is_open_or_undecided_stays() -> None:
    put(3)
    failed, *_running = take(2)
    finish([ended(failed, "failed")], using=USING, now=NOW)
    assert prune(LATER, using=USING, now=LATER).rows == 0
    settle(failed.run_id, "discarded", using=USING, now=NOW)
    assert prune(LATER, using=USING, now=LATER).rows == 1
    assert set(Run.objects.values_list("state", flat=True)) == {"RUNNING", "READY"}


def test_young_history_stays_and_a_limit_is_kept() -> None:
    put(5)
    run_all()
    assert prune(NOW, using=USING, now=LATER).rows == 0
    assert prune(LATER, using=USING, now=LATER, limit=2).rows == 2
    assert Run.objects.count() == 3


def test_the_check_sees_a_lost_instant_and_a_lie(schedule: MakeSchedule) -> None:
    row = schedule(since=NOW - timedelta(hours=6), catch_up="all", overlap="allow")
    plan_due(using=USING, now=NOW)
    run_all()
    assert check(using=USING, now=NOW) == []
    Run.objects.filter(schedule=row, due_at=NOW - timedelta(hours=2)).delete()
    Run.objects.filter(due_at=NOW).update(finished_at=None)
    problems = check(using=USING, now=NOW)
    assert [problem.subject for problem in problems] == [f"run {Run.objects.get(due_at=NOW).pk}", "daily"]
    assert "due 6 times" in problems[1].what and "rows for 5" in problems[1].what
