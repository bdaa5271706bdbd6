"""What must be right before anything is started; else the process refuses with a sentence."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model, UniqueConstraint

from rota import conf
from rota.exceptions import InvalidInput, RotaError
from rota.ledger.connections import own_alias
from rota.ledger.doorbells import file_of
from rota.processes.filesystems import network_type


class NotReady(RotaError):
    """The process refuses to start; the message says what to do."""


def check_settings() -> str:
    """The alias of rota's own connections. Raises NotReady when the settings are wrong."""
    try:
        conf.current()
        return own_alias()
    except (InvalidInput, ImproperlyConfigured) as error:
        raise NotReady(f"The settings are wrong: {error}") from error


def check_database(using: str) -> None:
    """Raises NotReady when migrations or unique indexes are missing or SQLite's file lies on a network file system, and
    the database's error when it does not answer."""
    _check_place(using)
    missing = ", ".join(missing_migrations(using))
    if missing:
        raise NotReady(f"The database lacks these migrations: {missing}. Run: manage.py migrate rota")
    for model in apps.get_app_config("rota").get_models():
        _check_unique(model, using)


def _check_place(using: str) -> None:
    connection = connections[using]
    file = file_of(connection.settings_dict) if connection.vendor == "sqlite" else None
    if file is not None and (kind := network_type(file)):
        raise NotReady(
            f"SQLite needs a file on a disk of this host, and {file} lies on a network file system ({kind}), where "
            "two processes can hold the same lock. Move it, or use PostgreSQL or MariaDB."
        )


def _check_unique(model: type[Model], using: str) -> None:
    """What must happen once is a unique index, and nothing else: without it this would be found out too late."""
    wanted = [one for one in model._meta.constraints if isinstance(one, UniqueConstraint)]
    found = _unique(model._meta.db_table, using) if wanted else set()
    named = {field.name: str(field.column) for field in model._meta.concrete_fields}
    for one in wanted:
        columns = tuple(named[name] for name in one.fields)
        if columns not in found:
            raise NotReady(
                f"The table {model._meta.db_table} lacks its unique index {one.name} on {', '.join(columns)}, or it is "
                "not valid: what must happen once could happen twice. Remove what is there twice, and make it again "
                '(see "A unique index is missing" on the page of operations).'
            )


def _unique(table: str, using: str) -> set[tuple[str, ...]]:
    """The columns of each unique index of this table that holds for all of its rows."""
    connection = connections[using]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
        partial = set()
        if connection.vendor == "postgresql":
            # One that CREATE INDEX CONCURRENTLY could not finish is there, and holds for nothing.
            cursor.execute(_NOT_FOR_ALL, [table])
            partial = {name for (name,) in cursor.fetchall()}
    return {tuple(one["columns"]) for name, one in found.items() if one["unique"] and name not in partial}


_NOT_FOR_ALL = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = %s::regclass AND (NOT i.indisvalid OR i.indpred IS NOT NULL)"""


def missing_migrations(using: str) -> list[str]:
    """rota's migrations that the database has not seen, in order."""
    executor = MigrationExecutor(connections[using])
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "rota"]
    return [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(targets) if m.app_label == "rota"]
