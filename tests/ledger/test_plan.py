"""Every instant since the cursor becomes a row, with what became of it and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from rota.ledger.plan import plan_due
from rota.models import Cursor, Run, Schedule, Version
from rota.policies import Definition
from tests.ledger.conftest import NOW, USING, MakeSchedule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def plan(now: datetime = NOW) -> Any:
    """Rounds until nothing is due."""
    while (planned := plan_due(using=USING, now=now)).more:
        pass
    return planned


def told(schedule: Schedule) -> list[tuple[str, str, int]]:
    """The schedule's story: state, reason and number of instants of each row, oldest first."""
    rows = Run.objects.filter(schedule=schedule).order_by("due_at")
    return [(run.state, run.reason, run.due_count) for run in rows]


def instants(schedule: Schedule) -> int:
    return sum(run.due_count for run in Run.objects.filter(schedule=schedule))


def test_a_due_instant_becomes_a_ready_run(schedule: MakeSchedule) -> None:
    daily = schedule(since=NOW - timedelta(seconds=5))
    planned = plan()
    run = Run.objects.get()
    assert (run.schedule, run.state, run.due_at, run.recovered) == (daily, "READY", NOW, False)
    assert run.ready_at == NOW
    assert [entry.key for entry in planned.entries] == ["daily"]
    assert Cursor.objects.get().planned_until == NOW
    assert Cursor.objects.get().next_due_at == NOW + HOUR


def test_planning_again_writes_nothing(schedule: MakeSchedule) -> None:
    schedule(since=NOW - HOUR)
    plan()
    before = list(Run.objects.values_list("pk", flat=True))
    assert plan_due(using=USING, now=NOW).entries == []
    assert list(Run.objects.values_list("pk", flat=True)) == before


def test_nothing_before_the_cursor_is_due(schedule: MakeSchedule) -> None:
    schedule(since=NOW)
    assert plan().entries == []


@pytest.mark.parametrize(
    ("terms", "story"),
    [
        ({"catch_up": "latest"}, [("SKIPPED", "superseded", 9), ("READY", "", 1)]),
        ({"catch_up": "none"}, [("SKIPPED", "catch_up_none", 10)]),
        ({"catch_up": "all"}, [("READY", "", 1)] * 10),
        ({"catch_up": "all", "catch_up_cap": 3}, [("MISSED", "cap", 7), *[("READY", "", 1)] * 3]),
        (
            {"catch_up": "all", "catch_up_window": 3 * 3600.0},
            [("MISSED", "window", 7), *[("READY", "", 1)] * 3],
        ),
        ({"catch_up": "latest", "catch_up_window": 600.0}, [("MISSED", "window", 10)]),
        (
            {"catch_up": "latest", "catch_up_window": 600.0, "critical": True},
            [("SKIPPED", "superseded", 9), ("READY", "", 1)],
        ),
        ({"catch_up": "ask"}, [("HELD", "ask", 1)] * 10),
        ({"catch_up": "ask", "catch_up_cap": 2}, [("MISSED", "cap", 8), *[("HELD", "ask", 1)] * 2]),
    ],
)
def test_a_night_of_outage_is_judged_as_the_owner_chose(
    schedule: MakeSchedule, terms: dict[str, Any], story: list[tuple[str, str, int]]
) -> None:
    """Ten instants, 02:30 to 11:30; it is 12:00."""
    row = schedule(calendar="30 * * * *", since=NOW - 10 * HOUR, **terms)
    plan()
    assert told(row) == story
    assert instants(row) == 10
    assert all(run.recovered for run in Run.objects.filter(state__in=("READY", "HELD")))


def test_what_is_on_time_is_run_whatever_the_catch_up_policy(schedule: MakeSchedule) -> None:
    for policy in ("none", "latest", "all", "ask"):
        row = schedule(key=policy, since=NOW - timedelta(seconds=30), catch_up=policy)
        plan()
        assert told(row) == [("READY", "", 1)]
        assert not Run.objects.get(schedule=row).recovered


def test_a_short_stall_is_no_outage(schedule: MakeSchedule) -> None:
    row = schedule(calendar="every 1 second", since=NOW - timedelta(seconds=3), catch_up="ask")
    plan()
    assert told(row) == [("SKIPPED", "superseded", 2), ("READY", "", 1)]


def test_a_day_of_seconds_is_one_row_and_a_run(schedule: MakeSchedule) -> None:
    row = schedule(calendar="every 1 second", since=NOW - DAY)
    plan()
    assert told(row) == [("SKIPPED", "superseded", 86_399), ("READY", "", 1)]
    stretch = Run.objects.get(state="SKIPPED")
    assert (stretch.due_at, stretch.due_until) == (
        NOW - DAY + timedelta(seconds=1),
        NOW - timedelta(seconds=1),
    )


def test_the_first_round_fixes_the_end_of_the_gap(schedule: MakeSchedule) -> None:
    """A later round over the same gap must not take a younger instant for the latest one."""
    row = schedule(calendar="every 1 second", since=NOW - timedelta(seconds=30_000))
    assert plan_due(using=USING, now=NOW).more
    assert Cursor.objects.get().gap_end == NOW
    plan(NOW + timedelta(seconds=10))
    ready = [
        run.due_at
        for run in Run.objects.filter(schedule=row, state="READY") | Run.objects.filter(reason="overlap")
    ]
    assert NOW in ready
    assert instants(row) == 30_010


def test_an_edit_at_eight_does_not_rewrite_the_night(schedule: MakeSchedule) -> None:
    row = schedule(calendar="0 * * * *", since=NOW - 10 * HOUR, catch_up="none")
    edited = NOW - 4 * HOUR
    Version.objects.update(valid_to=edited)
    newer = Definition(task_path="tests.project.tasks.other", calendar="30 * * * *", catch_up="all")
    Version.objects.create(schedule=row, number=2, definition=newer.to_json(), valid_from=edited)
    plan()
    runs = Run.objects.filter(schedule=row).order_by("due_at")
    assert [(run.version, run.state, run.due_count) for run in runs] == [
        (1, "SKIPPED", 6),
        *[(2, "READY", 1)] * 4,
    ]
    assert {run.task_path for run in runs if run.version == 2} == {"tests.project.tasks.other"}


def test_an_instant_at_the_moment_of_an_edit_belongs_to_the_old_version(schedule: MakeSchedule) -> None:
    row = schedule(calendar="0 * * * *", since=NOW - HOUR)
    Version.objects.update(valid_to=NOW)
    newer = Definition(task_path="tests.project.tasks.other", calendar="0 * * * *")
    Version.objects.create(schedule=row, number=2, definition=newer.to_json(), valid_from=NOW)
    plan(NOW + timedelta(seconds=1))
    assert Run.objects.get(schedule=row).version == 1


def test_a_paused_span_is_one_row_and_resuming_is_no_catch_up(schedule: MakeSchedule) -> None:
    row = schedule(calendar="0 * * * *", since=NOW - 10 * HOUR, catch_up="all")
    Version.objects.update(paused=True, note="paused by Ana: stock take", valid_to=NOW - 2 * HOUR)
    resumed = Definition.from_json(row.definition)
    Version.objects.create(schedule=row, number=2, definition=resumed.to_json(), valid_from=NOW - 2 * HOUR)
    plan()
    assert told(row) == [("SKIPPED", "paused", 8), ("READY", "", 1), ("READY", "", 1)]
    assert Run.objects.get(reason="paused").detail == "paused by Ana: stock take"


def test_a_paused_row_grows_from_round_to_round(schedule: MakeSchedule) -> None:
    row = schedule(calendar="every 10 seconds", since=NOW - timedelta(minutes=5))
    Version.objects.update(paused=True)
    plan()
    plan(NOW + timedelta(minutes=5))
    assert told(row) == [("SKIPPED", "paused", 60)]
    stretch = Run.objects.get()
    assert stretch.due_until == NOW + timedelta(minutes=5)


def test_a_retired_schedule_is_planned_to_its_end(schedule: MakeSchedule) -> None:
    row = schedule(since=NOW - 5 * HOUR, catch_up="all")
    Version.objects.update(valid_to=NOW - 2 * HOUR)
    plan()
    assert told(row) == [("READY", "", 1)] * 3
    assert Cursor.objects.get().next_due_at is None


def test_one_broken_schedule_spoils_nobodys_batch(schedule: MakeSchedule) -> None:
    broken = schedule(key="broken", calendar="broken", since=NOW - HOUR)
    whole = schedule(key="whole", since=NOW - HOUR)
    plan()
    assert told(whole) == [("READY", "", 1)]
    cursor = Cursor.objects.get(schedule=broken)
    assert cursor.planned_until == NOW - HOUR
    assert "broken" in cursor.error
    assert cursor.next_due_at is not None and cursor.next_due_at > NOW


def test_a_mended_schedule_makes_up_for_its_quarantine(schedule: MakeSchedule) -> None:
    row = schedule(key="broken", calendar="broken", since=NOW - 3 * HOUR)
    plan()
    mended = Definition(task_path="tests.project.tasks.add", calendar="0 * * * *", catch_up="all")
    Version.objects.update(definition=mended.to_json())
    plan(NOW + timedelta(minutes=10))
    assert told(row) == [("READY", "", 1)] * 3
    assert Cursor.objects.get().error == ""


def test_critical_schedules_are_planned_first(schedule: MakeSchedule) -> None:
    schedule(key="early", since=NOW - 3 * HOUR)
    schedule(key="urgent", since=NOW - HOUR, critical=True)
    assert [entry.key for entry in plan_due(using=USING, now=NOW, limit=1).entries] == ["urgent"]


def test_an_instant_that_has_a_row_already_is_not_planned_again(schedule: MakeSchedule) -> None:
    """The cursor went back, as after a restore: rows ahead of it stay, and split the stretch around them."""
    row = schedule(since=NOW - 10 * HOUR, catch_up="none")
    plan()
    Run.objects.all().delete()
    there = Run.objects.create(
        schedule=row,
        due_at=NOW - 5 * HOUR,
        state="SUCCESSFUL",
        task_path="x",
        enqueued_at=NOW,
        finished_at=NOW,
    )
    Cursor.objects.update(planned_until=NOW - 10 * HOUR, next_due_at=NOW - 9 * HOUR)
    plan(NOW + 2 * timedelta(minutes=1))
    assert Run.objects.filter(pk=there.pk, state="SUCCESSFUL").exists()
    assert told(row) == [
        ("SKIPPED", "catch_up_none", 4),
        ("SUCCESSFUL", "", 1),
        ("SKIPPED", "catch_up_none", 5),
    ]


def test_a_draft_computed_before_an_edit_is_not_written(schedule: MakeSchedule) -> None:
    from rota.ledger.cursors import turn
    from rota.ledger.plan import draft
    from rota.ledger.record import record

    row = schedule(since=NOW - HOUR)
    cursor = Cursor.objects.select_related("schedule").get()
    stale = draft(cursor, list(Version.objects.all()), NOW)
    turn(row.pk, using=USING, now=NOW)
    assert record([stale], using=USING, now=NOW) == []
    assert not Run.objects.exists()


def test_an_impossible_calendar_is_never_due(schedule: MakeSchedule) -> None:
    schedule(key="manual", calendar="0 0 31 2 *", since=NOW - DAY)
    Cursor.objects.update(next_due_at=NOW)
    assert plan().entries == []
    assert Cursor.objects.get().next_due_at is None


def test_jitter_delays_the_run_not_the_promise(schedule: MakeSchedule) -> None:
    schedule(since=NOW - timedelta(seconds=5), jitter=600.0, overlap="allow")
    plan()
    run = Run.objects.get()
    assert run.due_at == NOW
    assert run.ready_at is not None and NOW < run.ready_at < NOW + timedelta(seconds=600)


def test_recovered_runs_queue_among_themselves_even_when_they_may_overlap(schedule: MakeSchedule) -> None:
    row = schedule(calendar="30 * * * *", since=NOW - 10 * HOUR, catch_up="all", overlap="allow")
    plan()
    assert Run.objects.filter(schedule=row, ready_at__isnull=False).count() == 1
