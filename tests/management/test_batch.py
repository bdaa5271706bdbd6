"""`rota batch`: runs that belong together."""

from __future__ import annotations

import pytest

import rota as api
from tests.management.conftest import rota
from tests.project import tasks
from tests.project.batch_tasks import close

pytestmark = pytest.mark.usefixtures("project")


def test_a_batch_is_shown_with_what_follows():
    assert "There are no batches" in rota("batch").out
    with api.batch("monthly invoices", done=close) as batch:
        batch.enqueue(tasks.add, 1, 2)
        batch.enqueue(tasks.add, 3, 4)
    listed = rota("batch")
    assert all(text in listed.out for text in (str(batch.id), "monthly invoices", "0 of 2"))
    shown = rota("batch", str(batch.id)[:30])
    assert all(text in shown.out for text in ("not yet", "Ready", "tests.project.batch_tasks.close (done)"))
    told = rota("batch", str(batch.id), "--json").json
    assert (told["counts"], told["finished_at"], told["then"]) == (
        {"READY": 2}, None, [{"on": "done", "task": "tests.project.batch_tasks.close"}],
    )  # fmt: skip
    assert rota("batch", "--json").json == [told]
    assert len(rota("runs", "--batch", str(batch.id), "--json").json) == 2
    for wrong in ("0123456789", "abc", "no batch"):
        answer = rota("batch", wrong)
        assert (answer.code, "There is no batch" in answer.err) == (3, True)
