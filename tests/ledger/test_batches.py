"""Batches whose rows are not as this release writes them."""

from __future__ import annotations

from rota.ledger import batches
from rota.models import Batch, Run
from rota.models.ids import new_id
from tests.ledger.conftest import NOW, USING, order


def test_what_follows_is_enqueued_also_when_a_later_release_has_said_more_about_it() -> None:
    with batches.opened(batch := new_id(), "night", {"done": order(priority=7)}, using=USING):
        Run.objects.create(
            id=new_id(), batch_id=batch, task_path="a.b", enqueued_at=NOW, state="SUCCESSFUL", finished_at=NOW
        )
    row = Batch.objects.get()
    assert row.finished_at is None
    row.then[0]["order"]["of_a_later_release"] = {"deep": [1]}
    row.save()
    assert batches.sweep(using=USING, now=NOW) == 1
    following = Run.objects.get(batch=None)
    assert (following.task_path, following.priority, following.args) == (order().task_path, 7, [1, 2])
