"""The database itself refuses to change or remove an entry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from rota.audit import armour
from rota.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def armoured(write) -> Iterator[None]:
    write("kept")
    armour.install(connection)
    yield
    armour.remove(connection)


def refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AuditEntry.objects.get().subject == "kept"


def test_update_and_delete_are_refused(armoured: None) -> None:
    refused("UPDATE rota_auditentry SET subject = 'x'")
    refused("DELETE FROM rota_auditentry")


def test_truncate_is_refused(armoured: None) -> None:
    if connection.vendor == "postgresql":
        refused("TRUNCATE rota_auditentry CASCADE")
    else:
        refused("DELETE FROM rota_auditentry WHERE 1 = 1")


def test_new_entries_are_still_written(armoured: None, write) -> None:
    write("one more")
    assert AuditEntry.objects.count() == 2


def test_installing_twice_is_the_same_as_once_and_removing_frees_the_table(armoured: None) -> None:
    armour.install(connection)
    armour.remove(connection)
    AuditEntry.objects.all().delete()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("name", "test_name", "expected"),
    [
        ("prod", None, False),
        ("/srv/db.sqlite3", None, False),
        ("test_prod", None, True),
        ("special", "special", True),
        ("prod", "special", False),
    ],
)
def test_only_a_test_runners_database_is_left_bare(
    monkeypatch, name: str, test_name: str | None, expected: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    monkeypatch.setitem(connection.settings_dict, "TEST", {"NAME": test_name})
    assert armour.is_made_for_tests(connection) is expected
