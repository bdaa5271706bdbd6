"""A table full of history, made from one run that was real."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks import filling
from rota.models import Attempt, Run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor not in filling.SERIES, reason="for SQLite and PostgreSQL"),
]


def finished() -> Run:
    now = timezone.now()
    run = Run.objects.create(
        state="SUCCESSFUL", task_path="a.b", args=["x"], unique_key="once", enqueued_at=now, finished_at=now
    )
    Attempt.objects.create(run=run, number=1, outcome="SUCCESSFUL", started_at=now, finished_at=now)
    return run


def test_every_copy_is_whole_and_older_than_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "STEP", 40)
    pattern = finished()
    filling.fill(100)
    copies = Run.objects.exclude(pk=pattern.pk)
    assert copies.count() == 100
    assert {(run.state, tuple(run.args), run.unique_key) for run in copies} == {("SUCCESSFUL", ("x",), None)}
    assert all(run.finished_at < pattern.finished_at and run.pk < pattern.pk for run in copies)
    assert len({run.finished_at for run in copies}) == 100
    assert Attempt.objects.filter(run__in=copies, number=1).count() == 100


def test_without_a_run_there_is_nothing_to_copy() -> None:
    with pytest.raises(AssertionError, match="nothing has run yet"):
        filling.fill(10)
