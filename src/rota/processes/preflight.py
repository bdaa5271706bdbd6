"""What must be right before anything is started; else the process refuses with a sentence."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

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
    """Raises NotReady when migrations are missing or SQLite's file lies on a network file system, and the database's
    error when it does not answer."""
    _check_place(using)
    missing = ", ".join(missing_migrations(using))
    if missing:
        raise NotReady(f"The database lacks these migrations: {missing}. Run: manage.py migrate rota")


def _check_place(using: str) -> None:
    connection = connections[using]
    file = file_of(connection.settings_dict) if connection.vendor == "sqlite" else None
    if file is not None and (kind := network_type(file)):
        raise NotReady(
            f"SQLite needs a file on a disk of this host, and {file} lies on a network file system ({kind}), where "
            "two processes can hold the same lock. Move it, or use PostgreSQL or MariaDB."
        )


def missing_migrations(using: str) -> list[str]:
    """rota's migrations that the database has not seen, in order."""
    executor = MigrationExecutor(connections[using])
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "rota"]
    return [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(targets) if m.app_label == "rota"]
