"""Marks of what was done once, and finished batches, go when no run of theirs is left."""

from __future__ import annotations

from datetime import timedelta

from rota.ledger.finish import finish
from rota.ledger.prune import prune
from rota.ledger.settle import settle
from rota.models import Batch, Effect, Run
from tests.ledger.conftest import NOW, USING, ended, put, take

LATER = NOW + timedelta(days=100)


def mark(key: str, run: Run | None = None, days: int = 0) -> None:
    Effect.objects.create(key=key, run_id=run.pk if run else None, made_at=NOW + timedelta(days=days))


def test_a_mark_goes_with_its_run_and_not_before() -> None:
    good, bad = put(2)
    claims = take()
    finish([ended(claims[0]), ended(claims[1], "failed")], using=USING, now=NOW)
    mark("good", good)
    mark("bad", bad)
    mark("by hand")
    mark("young", days=90)
    assert prune(LATER - timedelta(days=50), using=USING, now=LATER).marks == 2
    assert set(Effect.objects.values_list("key", flat=True)) == {"bad", "young"}
    settle(bad.pk, "discarded", using=USING, now=NOW)
    assert prune(LATER - timedelta(days=50), using=USING, now=LATER).marks == 1


def test_an_open_batch_keeps_its_runs_and_a_finished_one_goes_with_them() -> None:
    finished = Batch.objects.create(created_at=NOW, sealed_at=NOW, finished_at=NOW)
    unfinished = Batch.objects.create(created_at=NOW, sealed_at=NOW)
    put(4)
    for run, batch in zip(Run.objects.order_by("pk"), [finished, unfinished, None, unfinished], strict=True):
        Run.objects.filter(pk=run.pk).update(batch=batch)
    finish([ended(each) for each in take()[:3]], using=USING, now=NOW)
    assert prune(LATER, using=USING, now=LATER).rows == 2
    assert [run.batch for run in Run.objects.all()] == [unfinished, unfinished]
    assert Batch.objects.get() == unfinished
