"""From a database URL to Django's settings and back, for the test suite and the processes it starts.

sqlite                                  a file of its own in a temporary folder
sqlite:////tmp/x.sqlite3                that file
postgres://user:password@host:port/name
mysql://user:password@host:port/name    (also MariaDB)
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
    "mariadb": "django.db.backends.mysql",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "django.db.backends.sqlite3": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL",
    },
    "django.db.backends.mysql": {"charset": "utf8mb4", "isolation_level": "read committed"},
}
TEST_NAME = f"test_rota_{os.getpid()}"
"""Carries the process id, so that several test runs may share one server."""


def settings_for(url: str) -> dict[str, Any]:
    """The entry of DATABASES for `url`. Raises ValueError for a scheme that is none of the above."""
    parts = urlsplit(url if ":" in url else f"{url}:")
    engine = ENGINES.get(parts.scheme)
    if engine is None:
        raise ValueError(f"ROTA_TEST_DATABASE: expected one of {', '.join(ENGINES)}, got {parts.scheme!r}.")
    found: dict[str, Any] = {"ENGINE": engine, "OPTIONS": dict(OPTIONS.get(engine, {}))}
    if engine.endswith("sqlite3"):
        return found | _sqlite(unquote(parts.path[1:]))
    return found | {
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "TEST": {"NAME": TEST_NAME} | ({"CHARSET": "utf8mb4"} if engine.endswith("mysql") else {}),
    }


def url_for(database: dict[str, Any], name: str) -> str:
    """The URL by which another process reaches `name` on the server (or in the file) of `database`."""
    scheme = next(scheme for scheme, engine in ENGINES.items() if engine == database["ENGINE"])
    if scheme == "sqlite":
        return f"sqlite:///{quote(name)}"
    user = quote(database["USER"], safe="") + (
        f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    )
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"{scheme}://{user}@{database['HOST']}{port}/{quote(name)}"


def _sqlite(name: str) -> dict[str, Any]:
    """Always a file: other processes must be able to open the test database."""
    if name:
        return {"NAME": name}
    folder = Path(tempfile.gettempdir())
    own = str(folder / f"{TEST_NAME}.sqlite3")
    return {"NAME": str(folder / f"rota_{os.getpid()}.sqlite3"), "TEST": {"NAME": own}}


def remove_leftovers() -> None:
    """A process that was killed leaves files beside the SQLite database, which Django does not know of."""
    for path in Path(tempfile.gettempdir()).glob(f"{TEST_NAME}.sqlite3*"):
        path.unlink()
