"""A lease is a counter that a watcher must itself have seen stand still for the whole time."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from rota import clock
from rota.ledger.claim import claim
from rota.models import Process, Run, State
from rota.processes import leases, rows
from rota.processes.leases import LeaseWatch
from tests.processes.conftest import USING, put

ONE, TWO = uuid.uuid4(), uuid.uuid4()


def watch() -> LeaseWatch:
    """A lease of 30 s, looked at at least every 15 s."""
    return LeaseWatch(lease=30, gap=15)


def test_who_stands_still_for_a_whole_lease_is_dead() -> None:
    one = watch()
    for second in range(0, 30, 5):
        assert one.look([(ONE, 7), (TWO, second)], second) == []
    assert one.look([(ONE, 7), (TWO, 30)], 30) == [(ONE, 7)]


def test_a_beat_starts_the_lease_anew() -> None:
    one = watch()
    for second in range(0, 30, 5):
        one.look([(ONE, 7)], second)
    assert one.look([(ONE, 8)], 30) == []
    for second in range(35, 60, 5):
        assert one.look([(ONE, 8)], second) == []
    assert one.look([(ONE, 8)], 60) == [(ONE, 8)]


def test_a_database_that_was_away_kills_nobody() -> None:
    one = watch()
    for second in range(0, 30, 5):
        one.look([(ONE, 7)], second)
    one.blind()
    for second in range(30, 60, 5):
        assert one.look([(ONE, 7)], second) == []
    assert one.look([(ONE, 7)], 60) == [(ONE, 7)]


def test_a_watcher_that_was_frozen_itself_has_seen_nothing() -> None:
    one = watch()
    one.look([(ONE, 7)], 0)
    assert one.look([(ONE, 7)], 3600) == []
    for second in range(3605, 3630, 5):
        assert one.look([(ONE, 7)], second) == []
    assert one.look([(ONE, 7)], 3630) == [(ONE, 7)]


def supervisor_with_worker() -> tuple[uuid.UUID, uuid.UUID]:
    """Rows of a supervisor and of its worker."""
    supervisor, worker = uuid.uuid4(), uuid.uuid4()
    rows.register(supervisor, "supervisor", using=USING)
    rows.register(worker, "worker", using=USING, parent=supervisor)
    return supervisor, worker


@pytest.mark.django_db
def test_of_two_watchers_one_wins_and_the_runs_go_back_uncounted() -> None:
    supervisor, worker = supervisor_with_worker()
    run = put("note", "x")
    claim(worker, [], 1, using=USING)
    leases.take_over([(supervisor, 0)], using=USING)
    assert not rows.stop_if_still(supervisor, 0, "again", using=USING, now=clock.now(USING))
    run.refresh_from_db()
    assert (run.state, run.attempt_count, run.alone) == (State.READY, 0, True)
    assert Process.objects.get(pk=worker).end == "its supervisor is gone"
    assert not rows.beat(supervisor, using=USING, now=clock.now(USING))


@pytest.mark.django_db
def test_who_has_beaten_since_keeps_its_lease() -> None:
    supervisor, worker = supervisor_with_worker()
    run = put("note", "x")
    claim(worker, [], 1, using=USING)
    assert rows.beat(supervisor, using=USING, now=clock.now(USING))
    leases.take_over([(supervisor, 0)], using=USING)
    run.refresh_from_db()
    assert (run.state, run.held_by) == (State.RUNNING, worker)


@pytest.mark.django_db
def test_what_nobody_holds_is_freed_and_a_suspect_is_counted_the_second_time() -> None:
    run = put("note", "x")
    claim(uuid.uuid4(), [], 1, using=USING)
    assert leases.free_orphans(using=USING) == 1
    assert Run.objects.get(pk=run.pk).attempt_count == 0
    claim(uuid.uuid4(), [], 1, using=USING)
    assert leases.free_orphans(using=USING) == 1
    assert Run.objects.get(pk=run.pk).attempt_count == 1


@pytest.mark.django_db
def test_own_children_whose_end_is_being_written_are_spared() -> None:
    holder = uuid.uuid4()
    put("note", "x")
    claim(holder, [], 1, using=USING)
    assert leases.free_orphans(using=USING, spare=frozenset([holder])) == 0


@pytest.mark.django_db
def test_freeing_costs_the_same_with_many_children(django_assert_max_num_queries: object) -> None:
    supervisor, _ = supervisor_with_worker()
    for _ in range(20):
        rows.register(uuid.uuid4(), "worker", using=USING, parent=supervisor)
    with django_assert_max_num_queries(3, connection=connection):  # type: ignore[operator]
        leases.free_orphans(using=USING)
