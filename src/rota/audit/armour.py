"""Triggers by which the database itself refuses to change or remove an audit entry.

They stop mistakes and curious hands, not the owner of the table, who can drop them; that is what the chain is for.
MySQL and MariaDB have no trigger for TRUNCATE: take the DROP privilege away from the application's user there.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

TABLE = "rota_auditentry"
SENTENCE = "rota: an audit entry is never changed or removed"
EVENTS = ("UPDATE", "DELETE")

log = logging.getLogger("rota")
_MAY_NOT_MAKE_TRIGGERS = 1419
"""MySQL's ER_BINLOG_CREATE_ROUTINE_NEED_SUPER."""

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION rota_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'insufficient_privilege'; END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place. Does nothing on a database other than PostgreSQL, SQLite, MySQL and MariaDB.

    A MySQL server that writes a binary log lets few users make triggers; then a warning says so, and what to do.
    """
    remove(connection)
    try:
        _execute(connection, _creating(connection.vendor))
    except OperationalError as error:
        if error.args[:1] != (_MAY_NOT_MAKE_TRIGGERS,):
            raise
        log.warning(
            "This user may not make triggers, so the database does not guard the audit entries; the chain still shows "
            "every change. Set log_bin_trust_function_creators, migrate rota back to 0001 and forward again. (%s)",
            error,
        )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away, for whoever must undo the migration."""
    _execute(connection, _dropping(connection.vendor))


def is_made_for_tests(connection: BaseDatabaseWrapper) -> bool:
    """Whether this looks like a test runner's database, whose tables must stay easy to empty between two tests."""
    settings = connection.settings_dict
    name = str(settings["NAME"])
    given = (settings.get("TEST") or {}).get("NAME")
    in_memory = connection.vendor == "sqlite" and ("mode=memory" in name or name == ":memory:")
    return in_memory or name == str(given) or name.startswith(TEST_DATABASE_PREFIX)


def _creating(vendor: str) -> list[str]:
    if vendor == "postgresql":
        each_row = [_postgres(event, "ROW") for event in EVENTS]
        return [_FUNCTION, *each_row, _postgres("TRUNCATE", "STATEMENT")]
    body = {
        "sqlite": f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
        "mysql": f"FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{SENTENCE}'",
    }.get(vendor)
    return (
        [f"CREATE TRIGGER {_name(event)} BEFORE {event} ON {TABLE} {body}" for event in EVENTS]
        if body
        else []
    )


def _dropping(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [f"DROP TRIGGER IF EXISTS {_name(event)} ON {TABLE}" for event in (*EVENTS, "TRUNCATE")]
    return (
        [f"DROP TRIGGER IF EXISTS {_name(event)}" for event in EVENTS]
        if vendor in ("sqlite", "mysql")
        else []
    )


def _postgres(event: str, each: str) -> str:
    trigger = f"CREATE TRIGGER {_name(event)} BEFORE {event} ON {TABLE}"
    return f"{trigger} FOR EACH {each} EXECUTE FUNCTION rota_audit_refuse()"


def _name(event: str) -> str:
    return f"rota_audit_no_{event.lower()}"


def _execute(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
