"""At most so many at once: who passes, who waits, and that no place is lost."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rota import clock
from rota.ledger import gates, line
from rota.ledger.cancel import cancel_waiting
from rota.ledger.enqueue import enqueue
from rota.ledger.finish import finish
from rota.ledger.held import drop_held, release_held
from rota.ledger.idle_gates import forget
from rota.ledger.integrity import check
from rota.ledger.park import park, unpark
from rota.ledger.plan import plan_due
from rota.ledger.release import hand_back
from rota.ledger.rescue import rescue
from rota.models import Gate, Outcome, Run, State
from rota.policies import Terms, limit, retry
from tests.ledger.conftest import NOW, USING, MakeSchedule, ended, order, take


def put(count: int = 1, number: int = 1, key: str = "limit:crm", **changes: object) -> list[Run]:
    """Enqueue runs that share `key`, and look at the gate, as every caller does."""
    terms = Terms(concurrency=limit(number), retry=changes.pop("retry", None))  # type: ignore[arg-type]
    made = [order(terms=terms, limit_key=key, **changes) for _ in range(count)]
    runs = enqueue(made, using=USING, now=clock.now(USING))
    gates.admit(gates.keys_of(runs), using=USING, now=clock.now(USING))
    return runs


def states() -> list[str]:
    """Of each run, oldest first: where it is."""
    return [run.waits_at or ("ready" if run.ready_at else run.state) for run in Run.objects.order_by("pk")]


def test_so_many_pass_and_the_others_wait() -> None:
    put(5, number=2)
    assert states() == ["ready", "ready", *["limit:crm"] * 3]
    assert len(take()) == 2
    assert take() == []


def test_whoever_ends_makes_room_for_the_next() -> None:
    runs = put(4, number=2)
    first, _ = take()
    finish([ended(first)], using=USING, now=NOW)
    assert [claimed.run_id for claimed in take()] == [runs[2].pk]


def test_one_key_is_shared_by_several_tasks() -> None:
    put(1, task_path="tests.project.tasks.add")
    put(1, task_path="tests.project.tasks.urgent")
    assert states() == ["ready", "limit:crm"]


def test_keys_do_not_touch_one_another() -> None:
    put(2, key="limit:a")
    put(2, key="limit:b")
    assert sorted(states()) == ["limit:a", "limit:b", "ready", "ready"]


def test_the_line_goes_by_priority_then_age() -> None:
    put(1)
    low, high, second = (put(1, priority=priority)[0] for priority in (0, 10, 10))
    passed = []
    for _ in range(4):
        (claimed,) = take()
        finish([ended(claimed)], using=USING, now=NOW)
        passed.append(claimed.run_id)
    assert passed[1:] == [high.pk, second.pk, low.pk]


def test_each_run_carries_its_own_number_and_nobody_overtakes() -> None:
    put(2, number=3)
    put(1, number=1)
    put(1, number=3)
    assert states() == ["ready", "ready", "limit:crm", "limit:crm"]
    for claimed in take():
        finish([ended(claimed)], using=USING, now=NOW)
    assert states() == ["SUCCESSFUL", "SUCCESSFUL", "ready", "ready"]


def test_a_whole_line_passes_through_a_wide_gate() -> None:
    put(450, number=430)
    assert states().count("ready") == 430


def test_a_run_that_goes_back_keeps_its_place() -> None:
    put(2)
    (claimed,) = take()
    hand_back([(claimed.run_id, claimed.token)], using=USING, now=NOW)
    assert states() == ["ready", "limit:crm"]


def test_a_killed_worker_leaks_no_place() -> None:
    put(3)
    for _ in range(3):
        holder = uuid.uuid4()
        (claimed,) = take(holder=holder)
        Run.objects.filter(pk=claimed.run_id).update(attempt_count=5)
        rescue(holder, begun=[(claimed.run_id, claimed.token)], using=USING, now=NOW, detail="killed")
    assert states() == ["FAILED"] * 3


def test_a_run_that_waits_for_its_retry_gives_its_place_away_and_comes_back() -> None:
    first, second = put(2, retry=retry(attempts=2, first_wait=300))
    (claimed,) = take()
    finish([ended(claimed, Outcome.FAILED, retry_in=300.0)], using=USING, now=NOW)
    assert states() == ["after:20260310120500", "ready"]
    (other,) = take()
    assert other.run_id == second.pk
    with clock.frozen(NOW + timedelta(minutes=6)):
        gates.sweep(using=USING, now=clock.now(USING))
        assert states() == ["limit:crm", "RUNNING"]
        finish([ended(other)], using=USING, now=clock.now(USING))
        assert [again.run_id for again in take()] == [first.pk]


def test_what_is_to_begin_later_takes_no_place_before_its_time() -> None:
    put(1, run_after=NOW + timedelta(minutes=1))
    put(1)
    assert states() == ["after:20260310120100", "ready"]
    assert gates.sweep(using=USING, now=NOW + timedelta(seconds=59)) == 0
    for claimed in take():
        finish([ended(claimed)], using=USING, now=NOW)
    assert gates.sweep(using=USING, now=NOW + timedelta(seconds=60)) == 1
    assert states() == ["ready", "SUCCESSFUL"]


def test_cancelled_while_it_waits_it_waits_no_more(django_capture_on_commit_callbacks) -> None:
    runs = put(3)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_waiting(runs[1].pk, using=USING, now=NOW, by="Ana")
        cancel_waiting(runs[0].pk, using=USING, now=NOW, by="Ana")
    assert states() == ["CANCELLED", "CANCELLED", "ready"]
    assert check(using=USING, now=NOW) == []


def test_the_sweep_finds_what_a_crash_left_at_the_gate() -> None:
    enqueue([order(terms=Terms(concurrency=limit(1)), limit_key="limit:crm")] * 2, using=USING, now=NOW)
    assert gates.sweep(using=USING, now=NOW) == 1
    assert gates.sweep(using=USING, now=NOW) == 0
    assert sorted(states()) == ["limit:crm", "ready"]


def test_the_sweep_turns_page_after_page(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [order(terms=Terms(concurrency=limit(1)), limit_key=f"limit:{number}") for number in range(205)]
    enqueue([*made, *made], using=USING, now=NOW)
    assert gates.sweep(using=USING, now=NOW) == 205
    assert states().count("ready") == 205
    assert sum(map(len, line.pages(USING))) == 205


def test_a_long_line_costs_what_a_short_one_costs() -> None:
    """The number of statements, and of rows that each of them may read; that they are found by an index is the
    schema's business."""

    def one_ends() -> list[str]:
        (claimed,) = take()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            finish([ended(claimed)], using=USING, now=NOW)
        return [query["sql"].split()[0] for query in queries]

    put(10)
    short = one_ends()
    put(1000)
    assert one_ends() == short


def test_overlap_comes_first_and_its_place_is_kept_at_the_next_gate(schedule: MakeSchedule) -> None:
    row = schedule()
    (busy,) = put(1)
    (first,) = put(1, schedule=row, overlap="skip")
    (second,) = put(1, schedule=row, overlap="skip")
    first.refresh_from_db(), second.refresh_from_db()
    assert first.waits_at == "limit:crm"
    assert (second.state, second.reason) == ("SKIPPED", "overlap")
    (claimed,) = take()
    assert claimed.run_id == busy.pk
    finish([ended(claimed)], using=USING, now=NOW)
    assert [claimed.run_id for claimed in take()] == [first.pk]


def test_what_is_superseded_gives_its_place_to_others(schedule: MakeSchedule) -> None:
    row = schedule()
    (old,) = put(1, schedule=row, overlap="cancel-running")
    (other,) = put(1)
    (new,) = put(1, schedule=row, overlap="cancel-running")
    for run in (old, other, new):
        run.refresh_from_db()
    assert (old.state, old.reason, old.waits_at) == ("SKIPPED", "superseded", None)
    assert (other.waits_at, new.waits_at) == (None, "limit:crm")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("overlap", ["queue", "allow"])
def test_what_a_calendar_made_waits_at_the_limits_of_its_schedule(
    schedule: MakeSchedule, overlap: str
) -> None:
    for key in ("a", "b"):
        schedule(
            key=key, since=NOW - timedelta(minutes=1), catch_up="latest", overlap=overlap,
            terms=Terms(concurrency=limit(1)), limit_key="limit:crm",
        )  # fmt: skip
    plan_due(using=USING, now=NOW)
    assert sorted(states(), key=len) == ["ready", "limit:crm"]
    assert check(using=USING, now=NOW) == []


def test_held_runs_come_to_the_gate_when_they_are_released(django_capture_on_commit_callbacks) -> None:
    runs = put(3)
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(state=State.HELD, waits_at=None, ready_at=None)
    with django_capture_on_commit_callbacks(execute=True):
        release_held([runs[0].pk, runs[1].pk], using=USING, now=NOW, by="Ana")
        drop_held([runs[2].pk], using=USING, now=NOW, by="Ana")
    assert states() == ["ready", "limit:crm", "SKIPPED"]


def test_a_held_run_without_a_gate_is_ready_when_it_is_released() -> None:
    (run,) = enqueue([order()], using=USING, now=NOW)
    Run.objects.update(state=State.HELD, ready_at=None)
    release_held([run.pk], using=USING, now=NOW, by="Ana")
    assert [claimed.run_id for claimed in take()] == [run.pk]


def test_a_parked_run_gives_its_place_away_and_comes_back_to_the_gate() -> None:
    put(1, task_path="vanished.task")
    put(1)
    assert states() == ["ready", "limit:crm"]
    park(["vanished.task"], using=USING, now=NOW)
    gates.sweep(using=USING, now=NOW)
    (other,) = take()
    assert other.task_path == "tests.project.tasks.add"
    assert unpark(using=USING, now=NOW) == 1
    gates.sweep(using=USING, now=NOW)
    assert states() == ["limit:crm", "RUNNING"], "its place is taken"
    finish([ended(other)], using=USING, now=NOW)
    assert [claimed.task_path for claimed in take()] == ["vanished.task"]


def test_gates_where_nothing_stands_are_forgotten_and_made_again() -> None:
    put(1, key="limit:a")
    put(2, key="limit:b")
    for claimed in take():
        finish([ended(claimed)], using=USING, now=NOW)
    assert forget(using=USING, now=NOW) == 1
    assert list(Gate.objects.values_list("key", flat=True)) == ["limit:b"]
    put(1, key="limit:a")
    assert states().count("ready") == 2


def test_a_gate_that_is_removed_just_before_it_is_locked_is_looked_at_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepare, times = gates.prepare, []

    def prepare_and_lose(keys: object, *, using: str) -> None:
        prepare(keys, using=using)  # type: ignore[arg-type]
        times.append(keys)
        if len(times) == 1:
            Gate.objects.all().delete()

    monkeypatch.setattr(gates, "prepare", prepare_and_lose)
    put(1)
    assert states() == ["ready"]
