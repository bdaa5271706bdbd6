"""What a dead worker held goes on, and only what had begun costs an attempt."""

from __future__ import annotations

import uuid
from datetime import timedelta

from rota.ledger.cancel import ask_to_stop, cancel_waiting, stop_requests
from rota.ledger.claim import Claimed
from rota.ledger.finish import finish
from rota.ledger.integrity import check
from rota.ledger.park import park, unpark
from rota.ledger.release import hand_back
from rota.ledger.rescue import rescue
from rota.models import Attempt, Run
from rota.policies import Terms, retry
from tests.ledger.conftest import NOW, USING, ended, put, take

HOLDER = uuid.uuid4()


def lose(begun: set[tuple[uuid.UUID, int]], **more: bool) -> tuple[int, int]:
    found = rescue(HOLDER, begun=begun, using=USING, now=NOW, detail="exit status -9", **more)
    return len(found.burned), len(found.returned)


def test_only_the_run_that_had_begun_burns_an_attempt() -> None:
    put(3)
    claimed = take(holder=HOLDER)
    assert lose({(claimed[0].run_id, claimed[0].token)}) == (1, 2)
    assert list(Run.objects.order_by("pk").values_list("state", "attempt_count")) == [
        ("READY", 1),
        ("READY", 0),
        ("READY", 0),
    ]
    attempt = Attempt.objects.get()
    assert (attempt.run_id, attempt.outcome, attempt.error) == (claimed[0].run_id, "lost", "exit status -9")
    assert check(using=USING, now=NOW) == []


def test_the_second_rescuer_finds_nothing() -> None:
    put()
    (claimed,) = take(holder=HOLDER)
    assert lose({(claimed.run_id, claimed.token)}) == (1, 0)
    assert lose({(claimed.run_id, claimed.token)}) == (0, 0)


def test_a_poison_pill_ends_as_a_dead_letter() -> None:
    put()
    for _ in range(3):
        (claimed,) = take(holder=HOLDER)
        lose({(claimed.run_id, claimed.token)})
    assert Run.objects.get().state == "FAILED"
    assert take() == []


def test_at_most_once_is_never_begun_again() -> None:
    put(terms=Terms(at_most_once=True, retry=retry(attempts=5)))
    (claimed,) = take(holder=HOLDER)
    assert lose({(claimed.run_id, claimed.token)}) == (1, 0)
    assert Run.objects.get().state == "FAILED"


def test_a_neighbour_of_what_ended_the_process_loses_no_attempt() -> None:
    guilty, innocent, waiting = put()[0], put(terms=Terms(retry=retry(attempts=2, first_wait=0)))[0], put()[0]
    claims = {run.run_id: (run.run_id, run.token) for run in take(holder=HOLDER)}
    found = rescue(
        HOLDER, begun={claims[guilty.pk]}, spared={claims[innocent.pk]}, why_spared="its neighbour", using=USING,
        now=NOW, detail="60 s", outcome="timed_out",
    )  # fmt: skip
    assert (found.burned, found.spared, found.returned) == ([guilty.pk], [innocent.pk], [waiting.pk])
    innocent.refresh_from_db()
    assert (innocent.state, innocent.alone, innocent.attempt_count, innocent.max_attempts) == (
        "READY",
        False,
        1,
        3,
    )
    attempt = innocent.attempts.get()
    assert (attempt.number, attempt.outcome, attempt.error) == (1, "lost", "its neighbour")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt_count, waiting.attempts.count()) == ("READY", 0, 0)
    assert check(using=USING, now=NOW) == []


def test_being_a_neighbour_often_costs_nothing_either() -> None:
    (run,) = put()
    for times in range(1, 6):
        (claimed,) = take(holder=HOLDER)
        spare(claimed)
        run.refresh_from_db()
        assert (run.state, run.attempt_count) == ("READY", times)
    # It still has all the attempts that a lost run has.
    for left in (2, 1, 0):
        (claimed,) = take(holder=HOLDER)
        lose({(claimed.run_id, claimed.token)})
        run.refresh_from_db()
        assert run.state == ("READY" if left else "FAILED")


def test_a_neighbour_that_may_begin_only_once_is_given_up() -> None:
    (run,) = put(terms=Terms(at_most_once=True))
    spare(take(holder=HOLDER)[0])
    run.refresh_from_db()
    assert run.state == "FAILED"


def spare(claimed: Claimed) -> None:
    """Its process was ended because of another run."""
    claims = {(claimed.run_id, claimed.token)}
    rescue(HOLDER, begun=(), spared=claims, why_spared="its neighbour", using=USING, now=NOW, detail="")


def test_what_somebody_asked_to_stop_is_not_made_up_for() -> None:
    lost, spared, unbegun, other = put(4)
    claims = {run.run_id: (run.run_id, run.token) for run in take(holder=HOLDER)}
    for run in (lost, spared, unbegun):
        assert ask_to_stop(run.pk, 1, using=USING)
    rescue(
        HOLDER, begun={claims[lost.pk]}, spared={claims[spared.pk]}, why_spared="its neighbour", using=USING, now=NOW,
        detail="exit status -9",
    )  # fmt: skip
    states = dict(Run.objects.values_list("pk", "state"))
    assert [states[run.pk] for run in (lost, spared, unbegun)] == ["CANCELLED"] * 3
    assert states[other.pk] == "READY"
    assert [run.attempts.count() for run in (lost, spared, unbegun)] == [1, 1, 0]
    assert check(using=USING, now=NOW) == []


def test_a_dead_host_makes_suspects_that_are_claimed_alone() -> None:
    put(3)
    take(holder=HOLDER)
    assert lose(set(), suspects=True) == (0, 3)
    assert [len(take(holder=HOLDER)) for _ in range(4)] == [1, 1, 1, 0]


def test_a_suspect_that_kills_its_host_again_burns_its_attempt() -> None:
    put()
    for expected in ((0, 1), (1, 0), (1, 0), (1, 0)):
        take(holder=HOLDER)
        assert lose(set(), suspects=True) == expected
    assert Run.objects.get().state == "FAILED"


def test_a_suspect_that_ends_by_itself_is_cleared() -> None:
    put(terms=Terms(retry=retry(attempts=2)))
    take(holder=HOLDER)
    lose(set(), suspects=True)
    (claimed,) = take()
    assert claimed.alone
    finish([ended(claimed, "failed", retry_in=0.0)], using=USING, now=NOW)
    assert not Run.objects.get().alone


def test_a_timed_out_attempt_follows_the_retry_policy() -> None:
    put(terms=Terms(retry=retry(attempts=2, first_wait=60, jitter=0)))
    (claimed,) = take(holder=HOLDER)
    rescue(
        HOLDER,
        begun={(claimed.run_id, claimed.token)},
        using=USING,
        now=NOW,
        detail="60 s",
        outcome="timed_out",
    )
    run = Run.objects.get()
    assert (run.state, run.ready_at) == ("READY", NOW + timedelta(seconds=60))


def test_what_is_handed_back_costs_nothing() -> None:
    put(3)
    claimed = take(holder=HOLDER)
    assert hand_back([(claimed[0].run_id, claimed[0].token)], using=USING, now=NOW, after=5.0) == 1
    assert hand_back([(claimed[0].run_id, claimed[0].token)], using=USING, now=NOW) == 0
    assert hand_back([(run.run_id, run.token) for run in claimed], using=USING, now=NOW) == 2
    assert set(Run.objects.values_list("state", "attempt_count")) == {("READY", 0)}
    assert len(take()) == 2


def test_parked_runs_wait_for_new_code() -> None:
    put(task_path="gone.task")
    assert park(["gone.task"], using=USING, now=NOW) == 1
    assert take() == []
    assert unpark(using=USING, now=NOW) == 1
    assert len(take()) == 1


def test_cancelling_names_the_attempt() -> None:
    waiting, running = put(), put()
    assert cancel_waiting(waiting[0].pk, using=USING, now=NOW, by="ana")
    assert not cancel_waiting(waiting[0].pk, using=USING, now=NOW, by="ana")
    (claimed,) = take(holder=HOLDER)
    assert not ask_to_stop(running[0].pk, 2, using=USING)
    assert stop_requests([HOLDER], using=USING) == []
    assert ask_to_stop(running[0].pk, 1, using=USING)
    assert stop_requests([HOLDER], using=USING) == [(claimed.run_id, claimed.token, HOLDER)]


def test_a_run_that_is_to_stop_before_it_began_never_begins() -> None:
    put()
    (claimed,) = take(holder=HOLDER)
    ask_to_stop(claimed.run_id, 1, using=USING)
    hand_back([(claimed.run_id, claimed.token)], using=USING, now=NOW)
    assert Run.objects.get().state == "CANCELLED"
