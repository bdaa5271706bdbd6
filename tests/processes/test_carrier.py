"""The carrier's steps, driven by hand on a real database: nothing here sleeps or starts a process."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError

from rota import clock
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.heads import Head
from rota.models import Attempt, Outcome, Process, Run, State
from rota.processes import carrier as carrying
from rota.processes import rows
from rota.processes.carrier import Carrier
from rota.processes.options import Options
from rota.processes.pace import Pace
from rota.processes.slate import Slate, memory_for
from rota.processes.storing import store
from rota.processes.timepiece import Timepiece
from rota.processes.tray import Tray
from tests.processes.conftest import USING, put

pytestmark = pytest.mark.django_db


class Bench:
    """A carrier with its tray and its slate, and no executors: the test takes and puts."""

    def __init__(self, *, threads: int = 1, **options: object) -> None:
        self.holder = uuid.uuid4()
        self.pace = Pace()
        self.tray = Tray(threads, self.pace)
        self.slate = Slate(memory_for(threads), threads)
        self.slate.beat = clock.elapsed()
        given = Options(threads=threads, **options)  # type: ignore[arg-type]
        self.carrier = Carrier(self.holder, given, self.tray, self.pace, self.slate, Timepiece(USING), USING)
        rows.register(self.holder, "worker", using=USING)

    def held(self) -> int:
        """How many runs the ledger says are in its hands."""
        return Run.objects.filter(held_by=self.holder, state=State.RUNNING).count()

    def do(self, run: Claimed, seconds: float = 0.001) -> Ending:
        """As an executor does."""
        now = clock.now(USING)
        ending = Ending(
            run_id=run.run_id, token=run.token, attempt=run.attempt, outcome=Outcome.SUCCEEDED, started_at=now,
            finished_at=now, held_by=self.holder, worker="host:1",
        )  # fmt: skip
        assert self.slate.keep(ending)
        self.tray.put(ending, seconds)
        return ending


def test_it_claims_one_then_more_and_stores_together() -> None:
    for number in range(40):
        put("note", str(number))
    bench = Bench()
    claimed: list[int] = []
    while Run.objects.exclude(state=State.SUCCESSFUL).exists():
        bench.carrier.step()
        claimed.append(bench.held())
        for _ in range(claimed[-1]):
            run = bench.tray.take()
            assert run is not None
            bench.do(run)
    assert claimed == [1, 2, 4, 8, 16, 9, 0]
    assert Attempt.objects.count() == 40 and bench.slate.kept() == []


def test_an_idle_worker_sleeps_until_the_next_run_is_ready() -> None:
    bench = Bench(poll=60)
    assert bench.carrier.step() == 60 and bench.slate.idle
    now = clock.now(USING)
    put("note", "soon", run_after=now + timedelta(seconds=50))
    assert 0 < bench.carrier.step() <= 50
    bench.carrier.hint()
    assert bench.carrier.step() == carrying.ASK_AGAIN


def test_an_outcome_does_not_wait_behind_what_was_claimed_ahead() -> None:
    """Whoever waits in vain for more would otherwise learn of it only at the next poll."""
    put("note", "first")
    bench = Bench(threads=4, poll=60)
    for number in range(4):
        bench.carrier.step()
        first = bench.tray.take()
        assert first is not None
        bench.do(first)
        put("note", str(number))
    for number in range(3):
        put("note", f"ahead {number}")
    bench.carrier.step()
    taken = [bench.tray.take() for _ in range(3)]
    assert bench.held() == 4 and bench.tray.hungry, "one waits, and there is room for more"
    bench.carrier._lookout.look(again=True)
    assert 0 < bench.carrier.step() <= carrying.OUTCOME_WAITS
    for run in (*taken, bench.tray.take()):
        assert run is not None
        bench.do(run)
    assert bench.carrier.step() == 60 and bench.slate.kept() == []


def test_it_is_idle_before_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint that comes while it looks reaches it: only to those who are idle it is handed on."""
    bench, seen = Bench(), list[bool]()
    look = bench.carrier._lookout.look

    def look_and_note(*, again: bool = False) -> list[Head]:
        seen.append(bench.slate.idle)
        return look(again=again)

    monkeypatch.setattr(bench.carrier._lookout, "look", look_and_note)
    put("note", "x")
    bench.carrier.step()
    assert (seen, bench.slate.idle) == ([True], False)


def test_it_claims_nothing_without_a_lease_that_is_surely_held() -> None:
    put("note", "x")
    bench = Bench()
    bench.slate.beat = clock.elapsed() - 21  # of a lease of 30 s
    bench.carrier.step()
    assert bench.held() == 0
    bench.slate.beat = clock.elapsed()
    bench.carrier.step()
    assert bench.held() == 1


def test_it_takes_nothing_that_would_wait_behind_a_run() -> None:
    for number in range(2):
        put("note", str(number))
    bench = Bench()
    bench.carrier.step()
    taken = bench.tray.take()
    assert taken is not None
    bench.carrier.step()
    assert bench.held() == 1
    bench.do(taken)
    bench.carrier.step()
    assert bench.held() == 1 and bench.tray.holds() != {taken.run_id}


def test_stopping_gives_back_at_once_what_has_not_begun() -> None:
    runs = [put("note", str(n)) for n in range(4)]
    bench = Bench(threads=4)
    bench.carrier.step()
    begun = bench.tray.take()
    assert begun is not None and bench.held() == 4
    bench.carrier.stopping = True
    bench.carrier.step()
    assert (bench.held(), bench.carrier.handed_back, bench.carrier.finished) == (1, 3, False)
    bench.do(begun)
    bench.carrier.step()
    assert bench.carrier.finished
    assert sorted(Run.objects.filter(pk__in=[r.pk for r in runs]).values_list("state", "attempt_count")) == [
        ("READY", 0), ("READY", 0), ("READY", 0), ("SUCCESSFUL", 1),
    ]  # fmt: skip


def test_an_unknown_task_goes_back_uncounted_and_is_not_claimed_again() -> None:
    run = put("vanished")
    bench = Bench()
    bench.carrier.step()
    taken = bench.tray.take()
    assert taken is not None
    bench.tray.refuse(taken, unknown=True)
    for _ in range(3):
        bench.carrier.step()
    run.refresh_from_db()
    assert (run.state, run.attempt_count, bench.held()) == (State.READY, 0, 0)
    assert Process.objects.get(pk=bench.holder).unknown == [run.task_path]


def test_after_an_error_in_a_claim_it_gives_back_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = put("note", "x")
    bench = Bench()

    def committed_and_lost(*args: object, **more: object) -> list[Claimed]:
        assert claim(*args, **more)  # type: ignore[arg-type]
        raise OperationalError("the answer was lost")

    with monkeypatch.context() as broken:
        broken.setattr(carrying, "claim", committed_and_lost)
        with pytest.raises(OperationalError):
            bench.carrier.step()
    assert bench.held() == 1
    bench.carrier.step()
    assert bench.tray.holds() == {run.pk}
    taken = bench.tray.take()
    assert taken is not None
    run.refresh_from_db()
    assert (run.token, run.attempt_count) == (taken.token, 0)


def test_outcomes_stay_on_the_slate_until_they_are_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    put("note", "x")
    bench = Bench()
    bench.carrier.step()
    taken = bench.tray.take()
    assert taken is not None
    ending = bench.do(taken)

    def refuse(*_: object, **__: object) -> int:
        raise OperationalError("away")

    with monkeypatch.context() as away:
        away.setattr(carrying, "store", refuse)
        with pytest.raises(OperationalError):
            bench.carrier.step()
    assert bench.slate.kept() == [ending]
    bench.carrier.step()
    assert bench.slate.kept() == [] and Attempt.objects.get().outcome == Outcome.SUCCEEDED


def test_an_outcome_that_came_too_late_writes_nothing_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    run = put("note", "x")
    bench = Bench()
    bench.carrier.step()
    taken = bench.tray.take()
    assert taken is not None
    ending = bench.do(taken)
    Run.objects.filter(pk=run.pk).update(token=ending.token + 1, held_by=uuid.uuid4())
    assert store([ending], using=USING, now=clock.now(USING)) == 0
    assert "came too late" in caplog.text
    assert (Run.objects.get(pk=run.pk).state, Attempt.objects.count()) == (State.RUNNING, 0)


def test_an_outcome_stored_twice_after_a_lost_answer_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    put("note", "x")
    bench = Bench()
    bench.carrier.step()
    taken = bench.tray.take()
    assert taken is not None
    ending = bench.do(taken)
    for _ in range(2):
        store([ending], using=USING, now=clock.now(USING))
    assert Attempt.objects.count() == 1 and "too late" not in caplog.text


def test_one_outcome_that_cannot_be_stored_does_not_hold_up_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for number in range(2):
        put("note", str(number))
    bench = Bench(threads=2)
    bench.carrier.step()
    endings = []
    for _ in range(2):
        taken = bench.tray.take()
        assert taken is not None
        endings.append(bench.do(taken))
    endings[0] = dataclasses.replace(endings[0], error=object())  # type: ignore[arg-type]
    store(endings, using=USING, now=clock.now(USING))
    assert list(Run.objects.values_list("state", flat=True)) == [State.SUCCESSFUL] * 2
    assert "trying each alone" in caplog.text
