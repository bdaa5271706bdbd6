"""Many dead letters at once: each is dealt with once, within the limit, and the audit says which and why."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from rota import actions
from rota.exceptions import InvalidInput
from rota.ledger.enqueue import Order, enqueue
from rota.models import AuditEntry, Outcome, Run, State
from rota.queries import dead
from rota.queries.dead import Letters
from tests.actions.conftest import ANA, NOW, begin, end

USING = "default"


def fail(count, task_path="shop.tasks.charge", **order):
    """So many runs that have failed."""
    runs = enqueue([Order(task_path=task_path, **order) for _ in range(count)], using=USING, now=NOW)
    for run in runs:
        end(begin(run.pk), Outcome.FAILED) if count == 1 else None
    if count > 1:
        Run.objects.filter(pk__in=[run.pk for run in runs]).update(
            state=State.FAILED, finished_at=NOW, ready_at=None, attempt_count=1
        )
    return [run.pk for run in runs]


def test_all_that_match_are_run_again_once():
    old = fail(3, args=[7])
    other = fail(1, "shop.tasks.mail")
    settled = actions.retry_matching(Letters(task="charge"), ANA, reason="supplier is back")
    assert (set(settled.ids), len(settled.new), settled.left) == (set(old), 3, 0)
    new = Run.objects.filter(pk__in=settled.new)
    assert {(run.retry_of, tuple(run.args), run.state) for run in new} == {(pk, (7,), "READY") for pk in old}
    for pk, one in zip(settled.ids, settled.new, strict=True):
        assert Run.objects.get(pk=pk).settled_note == f"run again as {one} by Ana"
    assert actions.retry_matching(Letters(task="charge"), ANA).ids == []
    assert Run.objects.filter(retry_of__isnull=False).count() == 3
    assert dead.oldest(Letters(), using=USING, limit=9) == other


def test_the_audit_has_one_entry_with_filter_count_and_ids():
    old = fail(150)
    actions.retry_matching(Letters(task="charge"), ANA, reason="back", limit=120, per_minute=60)
    (entry,) = AuditEntry.objects.all()
    assert (entry.verb, entry.reason, entry.ok) == ("runs.retry", "back", True)
    told = entry.after
    assert (told["filter"], told["count"], told["left"], told["limit"], told["per_minute"]) == (
        {"task": "charge"}, 120, 30, 120, 60,
    )  # fmt: skip
    assert len(told["runs"]) == 100
    assert set(told["runs"]) <= {str(pk) for pk in old}


def test_the_oldest_failures_come_first_and_are_spread():
    old = fail(4)
    for place, pk in enumerate(reversed(old)):
        Run.objects.filter(pk=pk).update(finished_at=NOW + timedelta(seconds=place))
    settled = actions.retry_matching(Letters(), ANA, limit=3, per_minute=2)
    assert settled.ids == old[:0:-1]
    assert settled.left == 1
    new = {run.pk: run for run in Run.objects.filter(pk__in=settled.new)}
    assert [new[pk].ready_at - NOW for pk in settled.new] == [timedelta(seconds=30) * n for n in range(3)]


def test_discarding_many_needs_a_reason_and_keeps_it():
    old = fail(2)
    for reason in ("", "  "):
        with pytest.raises(InvalidInput, match="reason"):
            actions.discard_matching(Letters(), ANA, reason=reason)
    settled = actions.discard_matching(Letters(), ANA, reason="customer left")
    assert (set(settled.ids), settled.new, settled.left) == (set(old), [], 0)
    assert set(Run.objects.values_list("state", "settled_note")) == {
        ("FAILED", "discarded by Ana: customer left")
    }
    assert AuditEntry.objects.get().verb == "runs.discard"


@pytest.mark.parametrize("given", [{"limit": 0}, {"limit": 10_001}, {"per_minute": 0}])
def test_limits_are_bounded(given):
    fail(1)
    with pytest.raises(InvalidInput, match="expected a number from 1 to"):
        actions.retry_matching(Letters(), ANA, **given)
    assert Run.objects.count() == 1


def test_what_failed_after_it_was_looked_at_is_not_meant():
    fail(2)
    Run.objects.filter(pk=fail(1)[0]).update(finished_at=NOW + timedelta(minutes=1))
    settled = actions.retry_matching(Letters(until=NOW), ANA)
    assert (len(settled.ids), settled.left) == (2, 0)
    assert dead.count(Letters(), using=USING) == 1


def test_of_two_at_once_nothing_is_run_twice():
    fail(40)
    done = []

    def act():
        done.append(actions.retry_matching(Letters(), ANA))
        connections[USING].close()

    both = [threading.Thread(target=act) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sum(len(one.ids) for one in done) == 40
    assert Run.objects.filter(retry_of__isnull=False).values("retry_of").distinct().count() == 40
    assert Run.objects.count() == 80
