"""Dead letters are found by what they have in common, and grouped by it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from rota import clock
from rota.ledger.claim import claim
from rota.ledger.ending import Ending
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.finish import finish
from rota.ledger.settle import settle
from rota.models import Attempt, Outcome, Run, State
from rota.queries import dead
from rota.queries.dead import Letters
from tests.queries.conftest import NOW, USING, broken, plan, schedule, work


def fail(
    count: int, error: str = "shop.errors.Refused", hours: float = 0, attempts: int = 1, **order
) -> list[uuid.UUID]:
    """So many runs, failed at that hour; each failed differently before."""
    moment = NOW + timedelta(hours=hours)
    given = {"task_path": "shop.tasks.charge", **order}
    with clock.frozen(moment):
        ids = [run.pk for run in enqueue([Order(**given) for _ in range(count)], using=USING, now=moment)]
        Run.objects.filter(pk__in=ids).update(max_attempts=attempts)
        for number in range(1, attempts + 1):
            claims = claim(uuid.uuid4(), [], 1000, using=USING)
            assert {one.run_id for one in claims} == set(ids)
            finish([
                Ending(
                    run_id=one.run_id, token=one.token, attempt=one.attempt, outcome=Outcome.FAILED, started_at=moment,
                    finished_at=moment, held_by=uuid.uuid4(), worker="h:1", error="no",
                    error_class=error if number == attempts else "builtins.OSError",
                    retry_in=0 if number < attempts else None,
                )
                for one in claims
            ], using=USING, now=moment)  # fmt: skip
    return ids


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, 7),
        ({"task": "charge"}, 5),
        ({"task": "shop.tasks.charge"}, 5),
        ({"task": "harge"}, 0),
        ({"error": "Refused"}, 2),
        ({"error": "builtins.OSError"}, 3),
        ({"queue": "slow"}, 2),
        ({"since": NOW + timedelta(hours=24)}, 3),
        ({"until": NOW + timedelta(hours=1)}, 4),
        ({"task": "charge", "error": "Refused", "until": NOW}, 2),
    ],
)
def test_filters(wanted, found):
    fail(2, attempts=2)
    fail(3, "builtins.OSError", hours=24)
    fail(2, "x.E", hours=1, task_path="shop.tasks.mail", queue_name="slow")
    settled = fail(1)[0]
    settle(settled, "done", using=USING, now=NOW)
    letters = Letters(**wanted)
    assert dead.count(letters, using=USING) == found == len(dead.newest(letters, using=USING))
    assert len(dead.oldest(letters, using=USING, limit=100)) == found


def test_those_of_a_schedule_have_it():
    schedule("bad", target=broken)
    plan(1)
    work(1)
    (found,) = dead.newest(Letters(schedule="bad"), using=USING)
    assert (found.schedule.key, found.error_class) == ("bad", "ValueError")
    assert dead.newest(Letters(schedule="other"), using=USING) == []


def test_groups_say_how_many_when_and_an_example():
    fail(2)
    newest = fail(1, hours=2)[0]
    fail(1, "x.E", hours=3)
    tomorrow = fail(1, hours=24)[0]
    found = dead.groups(Letters(), using=USING)
    assert [(one.day.day, one.error_class, one.count) for one in found] == [
        (11, "shop.errors.Refused", 1), (10, "shop.errors.Refused", 3), (10, "x.E", 1),
    ]  # fmt: skip
    assert (found[1].first, found[1].last, found[1].example) == (NOW, NOW + timedelta(hours=2), newest)
    assert found[0].example == tomorrow
    assert [one.count for one in dead.groups(Letters(error="E"), using=USING)] == [1]
    assert len(dead.groups(Letters(), using=USING, limit=1)) == 1


def test_a_run_that_failed_without_an_attempt_is_there_too():
    (run,) = enqueue([Order(task_path="shop.tasks.charge")], using=USING, now=NOW)
    Run.objects.filter(pk=run.pk).update(state=State.FAILED, finished_at=NOW, ready_at=None)
    assert dead.newest(Letters(), using=USING)[0].error_class is None
    assert [(one.error_class, one.count, one.example) for one in dead.groups(Letters(), using=USING)] == [
        ("", 1, run.pk)
    ]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries):
    for hours in range(3):
        fail(2, hours=hours * 24)
    with django_assert_num_queries(2):
        dead.newest(Letters(), using=USING)
    with django_assert_num_queries(2):
        assert len(dead.groups(Letters(), using=USING)) == 3


@pytest.mark.django_db(transaction=True)  # ANALYZE commits on MySQL
def test_the_list_is_read_from_an_index_however_many_runs_have_ended_well():
    """The plan, not the time: the ledger's other runs are not looked at."""
    fail(3)
    done = [Run(state=State.SUCCESSFUL, task_path="t", enqueued_at=NOW, finished_at=NOW) for _ in range(2000)]
    Run.objects.bulk_create(done)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {'TABLE ' if connection.vendor == 'mysql' else ''}{Run._meta.db_table}")
        cursor.fetchall() if connection.vendor == "mysql" else None
    found = dead.matching(Letters(), using=USING).order_by("-finished_at", "-pk")
    assert "rota_run_ended" in found.explain() or "rota_run_dead" in found.explain()
    assert Attempt.objects.count() == 3
