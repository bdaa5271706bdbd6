"""Upkeep, driven by hand: what cannot be done keeps nothing else from being done."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from rota import clock
from rota.models import Batch, Process, Run
from rota.models.ids import new_id
from rota.processes import rows
from rota.processes.clerk import Clerk
from tests.processes.conftest import USING, put

pytestmark = pytest.mark.django_db


def test_a_duty_that_fails_keeps_the_others_from_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now(USING)
    broken = {"on": "done", "order": {"no": "task"}}
    Batch.objects.create(id=new_id(), created_at=now, sealed_at=now, then=[broken])
    run, gone, knows_nothing = put("vanished"), uuid.uuid4(), uuid.uuid4()
    for process_id in (gone, knows_nothing):
        rows.register(process_id, "worker", using=USING)
    rows.note_unknown(knows_nothing, [run.task_path], using=USING)
    Process.objects.filter(pk=gone).update(stopped_at=now - timedelta(days=99))
    # The duties that are done most rarely are done at first when this clock stands far from zero.
    monkeypatch.setattr(clock, "elapsed", lambda: 1e6)
    clerk = Clerk(USING, lambda: [knows_nothing])
    clerk.step()
    assert "sweep_batches failed" in caplog.text and "TypeError" in caplog.text
    assert Run.objects.get(pk=run.pk).parked_at is not None, "what comes after it in the same sweep"
    assert not Process.objects.filter(pk=gone).exists(), "what has a turn of its own"
