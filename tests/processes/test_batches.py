"""A batch in the hands of real workers, some of which die."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import rota
from rota.models import Batch, Run
from tests.processes.conftest import StartHost, ended, until, witness
from tests.project.batch_tasks import cheer, close, dies, piece, spreads

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_what_follows_a_batch_follows_once_although_workers_die(host: StartHost, witnessed: Path) -> None:
    with rota.batch("work", done=close, succeeded=cheer) as batch:
        batch.enqueue_many(piece, [(number,) for number in range(40)])
        batch.enqueue_many(dies, [(1,), (2,)])
        batch.enqueue(spreads, 3)
    one = host(processes=2)
    until(lambda: Batch.objects.filter(pk=batch.id, finished_at__isnull=False).exists())
    until(lambda: not Run.objects.filter(batch=None, finished_at=None).exists())
    assert batch.progress.counts == {"SUCCESSFUL": 57}
    assert Run.objects.filter(batch=None).count() == 2
    assert witness(witnessed) == ["closed work"]
    one.stop()


def test_a_batch_whose_last_look_was_lost_is_finished_by_upkeep(host: StartHost, witnessed: Path) -> None:
    with rota.batch("work", done=close) as batch:
        batch.enqueue(piece, 1)
    # As when a worker dies between the end of the run and the look at its batch.
    Run.objects.update(state="SUCCESSFUL", ready_at=None, finished_at=Batch.objects.get().created_at)
    one = host()
    until(lambda: "closed work" in witness(witnessed))
    until(ended(*Run.objects.filter(batch=None)))
    assert Batch.objects.get(pk=batch.id).finished_at is not None
    one.signal(signal.SIGTERM)
