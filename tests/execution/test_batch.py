"""Many runs, and what follows when the last of them has ended: once, whoever ended it and however."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

import rota
from rota import actions, clock
from rota.compat import Task
from rota.exceptions import InvalidInput, Refused, UnknownName
from rota.execution.batch import BatchHandle
from rota.execution.perform import perform
from rota.ledger import batches
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.rescue import rescue
from rota.models import Batch, Outcome, Run, State
from rota.queries.dead import Letters
from tests.execution.conftest import USING
from tests.project.batch_tasks import cheer, close, mend, piece, spreads, takes_nothing

ANA = actions.Actor("Ana")
FOLLOW = {"done": close, "succeeded": cheer, "failed": mend}

pytestmark = pytest.mark.django_db(transaction=True)


def make(*numbers: int, **given: Any) -> BatchHandle:
    """A batch of these pieces, with everything that may follow."""
    with rota.batch("invoices", **{**FOLLOW, **given}) as batch:
        batch.enqueue_many(piece, [(number,) for number in numbers])
    return batch


def take(limit: int = 100) -> list[Claimed]:
    return claim(uuid.uuid4(), [], limit, using=USING)


def work() -> None:
    """Perform everything that is ready, until nothing is."""
    while claims := take():
        for one in claims:
            store(perform(one, worker="host:1", holder=uuid.uuid4()))


def store(ending: Ending) -> None:
    finish([ending], using=USING, now=clock.now(USING))


def followed() -> list[str]:
    """The last parts of the paths of what follows the batch, by id."""
    paths = Run.objects.filter(batch=None).order_by("pk").values_list("task_path", flat=True)
    return [path.rpartition(".")[2] for path in paths]


def finished(batch: BatchHandle) -> bool:
    return Batch.objects.get(pk=batch.id).finished_at is not None


def test_when_all_ended_well_the_rest_follows_and_gets_the_id() -> None:
    batch = make(1, 2, 3)
    assert (followed(), finished(batch), batch.progress.counts) == ([], False, {"READY": 3})
    work()
    assert (followed(), finished(batch)) == (["close", "cheer"], True)
    told = Run.objects.get(task_path=close.module_path)
    assert (told.args, told.result, told.state) == ([str(batch.id)], {"SUCCESSFUL": 3}, "SUCCESSFUL")


def test_one_failure_is_enough_for_the_other_one_to_follow() -> None:
    batch = make(1, -2)
    work()
    assert followed() == ["close", "mend"]
    assert Run.objects.get(task_path=mend.module_path).result == [str(run.pk) for run in batch.unsuccessful]
    assert [run.args for run in batch.unsuccessful] == [[-2]]


def test_an_empty_batch_is_finished_at_once() -> None:
    assert finished(make())
    assert followed() == ["close", "cheer"]


def test_an_exception_leaves_nothing() -> None:
    with pytest.raises(ZeroDivisionError), rota.batch("x", done=close) as batch:
        batch.enqueue(piece, 1 // len(Run.objects.all()))
    assert (Run.objects.count(), Batch.objects.count()) == (0, 0)


def test_it_goes_with_the_callers_transaction() -> None:
    with transaction.atomic():
        make(1)
        transaction.set_rollback(True)
    assert (Run.objects.count(), Batch.objects.count()) == (0, 0)


def test_a_run_adds_to_its_own_batch() -> None:
    with rota.batch("tree", done=close) as batch:
        batch.enqueue(spreads, 3)
    work()
    assert batch.progress.counts == {"SUCCESSFUL": 15}
    assert followed() == ["close"]


def test_only_a_run_that_is_still_held_adds() -> None:
    batch = make(1)
    with pytest.raises(Refused, match="The batch invoices is sealed"):
        batch.enqueue(piece, 2)
    with pytest.raises(Refused, match="belongs to a batch"):
        rota.batch_of()
    with rota.batch("tree") as other:
        other.enqueue(spreads, 1)
    one = next(each for each in take() if each.batch_id == other.id)
    Run.objects.filter(pk=one.run_id).update(token=7)
    ending = perform(one, worker="host:1", holder=uuid.uuid4())
    assert ending.error_class.endswith("AttemptLost")
    assert other.progress.total == 1


@pytest.mark.parametrize("how", ["cancel", "rescue", "skip"])
def test_however_the_last_run_ends(how: str) -> None:
    batch = make(1)
    run = Run.objects.get()
    now = clock.now(USING)
    if how == "cancel":
        actions.cancel(run.pk, ANA)
    elif how == "rescue":
        Run.objects.update(terms={"at_most_once": True})
        holder = uuid.uuid4()
        (one,) = claim(holder, [], 1, using=USING)
        rescue(holder, begun=[(one.run_id, one.token)], using=USING, now=now, detail="gone")
    else:
        Run.objects.update(state=State.SKIPPED, ready_at=None, finished_at=now)
        assert batches.sweep(using=USING, now=now) == 1
    assert finished(batch)
    assert followed() == ["close", "mend"]


def test_ten_workers_that_end_the_last_ten_at_once_finish_it_once() -> None:
    batch = make(*range(10))
    ready = threading.Barrier(10)

    def end(one: Claimed) -> None:
        ending = perform(one, worker="host:1", holder=uuid.uuid4())
        ready.wait(60)
        store(ending)
        connections[USING].close()

    threads = [threading.Thread(target=end, args=[one]) for one in take()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert batch.progress.counts == {"SUCCESSFUL": 10}
    assert sorted(followed()) == ["cheer", "close"]


def test_what_a_crash_left_is_finished_by_the_sweep_and_once() -> None:
    batch = make(1)
    Run.objects.update(state=State.SUCCESSFUL, ready_at=None, finished_at=clock.now(USING))
    going_on = make(2)
    now = clock.now(USING)
    assert [batches.sweep(using=USING, now=now) for _ in range(2)] == [1, 0]
    assert (finished(batch), finished(going_on)) == (True, False)
    assert batches.complete([batch.id, going_on.id], using=USING, now=now) == 0
    assert followed() == ["close", "cheer"]


def test_a_retry_that_waits_does_not_end_it() -> None:
    make(-1)
    Run.objects.update(max_attempts=2)
    (one,) = take()
    ending = perform(one, worker="host:1", holder=uuid.uuid4())
    store(dataclasses.replace(ending, retry_in=60))
    assert (Run.objects.get().state, followed()) == ("READY", [])


def test_a_dead_letter_run_again_holds_up_a_batch_that_goes_on() -> None:
    batch = make(1, -2)
    claims = {one.args[0]: one for one in take()}
    store(perform(claims[-2], worker="host:1", holder=uuid.uuid4()))
    (new,) = actions.retry_matching(Letters(), ANA).new
    Run.objects.filter(pk=new).update(args=[2])
    store(perform(claims[1], worker="host:1", holder=uuid.uuid4()))
    assert not finished(batch)
    work()
    assert (batch.progress.counts, batch.unsuccessful) == ({"SUCCESSFUL": 2, "FAILED": 1}, [])
    assert followed() == ["close", "cheer"]


def test_a_dead_letter_run_again_leaves_a_finished_batch_alone() -> None:
    batch = make(-1)
    work()
    new = actions.retry(batch.unsuccessful[0].pk, ANA).run_id
    assert Run.objects.get(pk=new).batch_id is None
    work()
    assert followed() == ["close", "mend", "piece"]


def test_runs_without_a_batch_cost_no_statement() -> None:
    def statements() -> int:
        (one,) = take()
        ending = perform(one, worker="host:1", holder=uuid.uuid4())
        with CaptureQueriesContext(connection) as seen:
            store(ending)
        return sum("rota_batch" in query["sql"] for query in seen)

    piece.enqueue(1)
    assert statements() == 0
    make(1)
    assert statements() > 0


def later() -> Task[..., Any]:
    return piece.using(run_after=clock.now(USING) + timedelta(hours=1))


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"name": "x" * 201}, InvalidInput, "at most 200"),
        ({"name": 7}, InvalidInput, "expected a name"),
        ({"done": takes_nothing}, TypeError, "takes_nothing"),
    ],
)
def test_what_is_refused_before_anything_is_written(
    given: dict[str, Any], error: type, sentence: str
) -> None:
    with pytest.raises(error, match=sentence), rota.batch(**given):
        pass
    assert Batch.objects.count() == 0


def test_what_follows_comes_when_the_batch_is_finished_and_not_at_a_time() -> None:
    with pytest.raises(InvalidInput, match="no run_after"), rota.batch(done=later()):
        pass


def test_there_is_no_such_batch() -> None:
    for one in (uuid.uuid4(), "nonsense", str(make(1).id)[:20]):
        with pytest.raises(UnknownName, match="There is no batch"):
            rota.batch_of(one)


def test_tasks_of_another_backend_are_refused(settings: Any) -> None:
    immediate = (
        piece.get_backend().__class__.__mro__[1].__module__.replace(".base", ".immediate.ImmediateBackend")
    )
    settings.TASKS = {**settings.TASKS, "now": {"BACKEND": immediate}}
    with pytest.raises(InvalidInput, match="another one"), rota.batch("x") as batch:
        batch.enqueue(piece.using(backend="now"), 1)
    assert Batch.objects.count() == 0


def test_how_an_attempt_is_lost_is_no_end() -> None:
    make(1)
    holder = uuid.uuid4()
    (one,) = claim(holder, [], 1, using=USING)
    rescue(
        holder,
        begun=[(one.run_id, one.token)],
        using=USING,
        now=clock.now(USING),
        detail="gone",
        outcome=Outcome.LOST,
    )
    assert (Run.objects.get().state, followed()) == ("READY", [])


def test_what_follows_must_be_a_task() -> None:
    with pytest.raises(InvalidInput, match=r"expected a task, made with @rota\.task, got <built-in"):
        make(1, done=len)
    with pytest.raises(InvalidInput, match="expected a task"), rota.batch() as batch:
        batch.enqueue(len, [])
    assert not Batch.objects.exists()
