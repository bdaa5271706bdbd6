"""Stop rota at a statement or at a COMMIT, from outside: with the locks of the database itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection

_TRIGGER = """
    CREATE OR REPLACE FUNCTION stop_at_commit() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER stop_at_commit AFTER UPDATE ON rota_run DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.state = '{state}') EXECUTE FUNCTION stop_at_commit()"""
_WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table%%'",
}


@contextlib.contextmanager
def nobody_writes_runs() -> Iterator[None]:
    """Inside, whoever wants to write a run waits. On SQLite whoever wants to write anything."""
    begin, end = {
        "sqlite": ("BEGIN IMMEDIATE", "ROLLBACK"),
        "postgresql": ("BEGIN; LOCK TABLE rota_run IN EXCLUSIVE MODE", "ROLLBACK"),
        "mysql": ("LOCK TABLES rota_run READ", "UNLOCK TABLES"),
    }[connection.vendor]
    with _statements(begin, end):
        yield


@contextlib.contextmanager
def nobody_commits(state: str) -> Iterator[None]:
    """PostgreSQL: inside, a transaction that has moved a run to `state` stands still in the middle of its COMMIT."""
    with _statements(_TRIGGER.format(state=state), "DROP TRIGGER stop_at_commit ON rota_run"), held_commits():
        yield


@contextlib.contextmanager
def held_commits() -> Iterator[None]:
    with _statements("SELECT pg_advisory_lock(4711)", "SELECT pg_advisory_unlock(4711)"):
        yield


@contextlib.contextmanager
def _statements(begin: str, end: str) -> Iterator[None]:
    # Who locks a table on MySQL may not even read another one, which the test wants to.
    holder = connection.copy("holder") if connection.vendor == "mysql" else connection
    try:
        with holder.cursor() as cursor:
            cursor.execute(begin)
        try:
            yield
        finally:
            with holder.cursor() as cursor:
                cursor.execute(end)
    finally:
        holder.close() if holder is not connection else None


def somebody_waits() -> bool:
    """Whether a connection of this database stands at a lock. SQLite cannot tell: always true there."""
    statement = _WAITING.get(connection.vendor)
    if statement is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return bool(cursor.fetchone()[0])
