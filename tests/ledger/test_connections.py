"""What is repeated when the database breaks a unit of work off, and what must not be."""

from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction

from rota.ledger.connections import insistently
from rota.ledger.cursors import lower_hints
from rota.models import Cursor
from tests.ledger.conftest import NOW, USING, MakeSchedule


class Work:
    """Fails so often, then succeeds."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.calls = failures, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error
        return "done"


@pytest.mark.django_db(transaction=True)
def test_a_passing_error_is_tried_again() -> None:
    work = Work(2, OperationalError("database is locked"))
    assert insistently(work, USING) == "done"
    assert work.calls == 3


@pytest.mark.django_db(transaction=True)
def test_another_error_is_not() -> None:
    work = Work(1, OperationalError("no such table"))
    with pytest.raises(OperationalError):
        insistently(work, USING)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_its_owner_decides() -> None:
    work = Work(1, OperationalError("database is locked"))
    with pytest.raises(OperationalError), transaction.atomic(using=USING):
        insistently(work, USING)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_not_repeated_when_only_its_answer_may_be_lost() -> None:
    work = Work(1, InterfaceError("connection already closed"))
    connections[USING].close()
    with pytest.raises(InterfaceError):
        insistently(work, USING, repeatable=False)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_nor_when_the_connection_has_been_replaced_meanwhile() -> None:
    # Django opens another one at the end of a transaction whose COMMIT broke it.
    work = Work(1, InterfaceError("connection already closed"))
    connections[USING].ensure_connection()
    with pytest.raises(InterfaceError):
        insistently(work, USING, repeatable=False)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_the_database_refused_is_repeated() -> None:
    work = Work(2, OperationalError("database is locked"))
    assert insistently(work, USING, repeatable=False) == "done"


def test_a_new_rota_looks_again_at_what_was_never_due(schedule: MakeSchedule) -> None:
    schedule()
    Cursor.objects.update(next_due_at=None)
    assert lower_hints(using=USING, now=NOW) == 1
    assert Cursor.objects.get().next_due_at == NOW
