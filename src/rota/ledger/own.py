"""How rota's own connections differ from the project's, which are never touched.

What a session is told here must not outlive it in other hands: behind a pooler, which lends one session to many, it is
said again at the beginning of each transaction and holds for that alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

OWN_ALIAS = "rota_own"
NAME = "rota"
CONNECT_WITHIN = 10
SILENT = 15
"""Seconds after which a host that does not answer any more counts as gone."""
FROZEN = 10
"""Seconds that a transaction may do nothing: a process that was stopped in the middle of one then loses its locks."""
LOCKED = 10
"""Seconds to wait for a lock; then the unit of work is begun anew."""
LONGEST = 300
"""Seconds for one statement."""

POSTGRES = {
    "application_name": NAME,
    "idle_in_transaction_session_timeout": f"{FROZEN}s",
    "lock_timeout": f"{LOCKED}s",
    "statement_timeout": f"{LONGEST}s",
    # Compiling takes longer than the longest statement of the engine.
    "jit": "off",
}
DIRECT = {
    "default_transaction_isolation": "read committed",
    "tcp_keepalives_idle": str(SILENT // 3),
    "tcp_keepalives_interval": str(SILENT // 3),
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": f"{SILENT}s",
}
"""What the server is told only where the session is ours for good."""
LIBPQ = {
    "connect_timeout": CONNECT_WITHIN,
    "keepalives": 1,
    "keepalives_idle": SILENT // 3,
    "keepalives_interval": SILENT // 3,
    "keepalives_count": 2,
    "tcp_user_timeout": SILENT * 1000,
}
MYSQL = {"innodb_lock_wait_timeout": LOCKED, "lock_wait_timeout": LOCKED}
"""Rows, and tables: while somebody alters one."""
MARIADB_FROZEN = (
    "idle_transaction_timeout",
    "idle_readonly_transaction_timeout",
    "idle_write_transaction_timeout",
)
"""All three: MariaDB takes one that has locked rows and written none for read-only, and the particular ones, where the
server sets them, precede the first."""
MYSQL_CLIENT = {"connect_timeout": CONNECT_WITHIN, "read_timeout": 60, "write_timeout": 60}


def settings_for(project: Mapping[str, Any]) -> dict[str, Any]:
    """Django's settings of rota's own connections to the project's database. What the project says about hosts, names
    and time-outs of the client stays."""
    settings = copy.deepcopy(dict(project))
    settings |= {"OPTIONS": _options(settings), "CONN_MAX_AGE": None, "AUTOCOMMIT": True}
    return settings


def _options(settings: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(settings.get("OPTIONS") or {})
    engine = str(settings["ENGINE"])
    # Tasks that hold all of the project's pool must not keep the engine from working.
    options.pop("pool", None)
    if engine.endswith("sqlite3"):
        # SQLite's own busy handler sleeps up to 100 ms and is unfair; `writing` waits instead.
        options |= {"transaction_mode": "IMMEDIATE", "timeout": 0}
    if engine.endswith("mysql"):
        options = MYSQL_CLIENT | options | {"isolation_level": "read committed"}
    if engine.endswith(("postgresql", "postgis")):
        # The engine's statements are written for READ COMMITTED, the server's default; see `_prepare_postgres`.
        options.pop("isolation_level", None)
        options = LIBPQ | options
    return options


def pooled(connection: BaseDatabaseWrapper) -> bool:
    """Whether the sessions behind this connection are lent to others between its transactions."""
    return bool(getattr(connection, "rota_pooled", False))


def begin_pooled(connection: BaseDatabaseWrapper) -> None:
    """Say for the transaction that has just begun what a session of our own would have been told once."""
    said = POSTGRES | {"transaction_isolation": DIRECT["default_transaction_isolation"]}
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {name} = '{value}'" for name, value in said.items()))


def _prepare(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.alias != OWN_ALIAS:
        return
    if connection.vendor == "postgresql":
        _prepare_postgres(connection)
    elif connection.vendor == "mysql":
        _prepare_mysql(connection)


def _prepare_postgres(connection: BaseDatabaseWrapper) -> None:
    """A pooler answers with a process id of its own making, since a request to cancel must find its way back."""
    driver: Any = connection.connection
    known = driver.info.backend_pid if hasattr(driver, "info") else driver.get_backend_pid()
    said = POSTGRES | DIRECT
    # One statement: with the wrong process id each setting holds for this statement alone.
    calls = ", ".join(["set_config(%s, %s, pg_backend_pid() <> %s)"] * len(said))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_backend_pid() <> %s, {calls}",
            [known, *(part for name, value in said.items() for part in (name, value, known))],
        )
        connection.rota_pooled = cursor.fetchone()[0]  # type: ignore[attr-defined]


def _prepare_mysql(connection: BaseDatabaseWrapper) -> None:
    mariadb = getattr(connection, "mysql_is_mariadb", False)
    # MySQL cannot limit a silent transaction alone, only a silent session.
    frozen = dict.fromkeys(MARIADB_FROZEN, FROZEN) if mariadb else {"wait_timeout": 60}
    said = ", ".join(f"SESSION {name} = {value}" for name, value in (MYSQL | frozen).items())
    with connection.cursor() as cursor:
        cursor.execute(f"SET {said}")


connection_created.connect(_prepare, dispatch_uid="rota.ledger.own")
