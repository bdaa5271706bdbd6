"""The databases on which the suite can run, each as a URL that holds while it is needed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from scripts import mariadb, postgres

NAMES = ("sqlite", "postgres", "mariadb", "mysql")
SCHEMES = {"postgresql": "postgres"}


class NotHere(Exception):
    """The machine cannot give what a cell asks for; the message is the reason."""


def require(name: str) -> None:
    """Raise NotHere when this machine cannot have a database of this kind; costs nothing to ask."""
    if _named(name) or name in ("sqlite", "postgres"):
        return
    if name == "mysql":
        raise NotHere("needs a server: DATABASE_URL=mysql://user:password@host:port/name")
    if mariadb.missing():
        raise NotHere(mariadb.missing())


@contextlib.contextmanager
def opened(name: str, python: str) -> Iterator[str]:
    """The URL of a database of this kind: the one DATABASE_URL names, else a throw-away one.

    Raises NotHere when it does not start.
    """
    with contextlib.ExitStack() as stack:
        yield "sqlite" if name == "sqlite" else _named(name) or _started(stack, name, python)


def _named(name: str) -> str:
    """DATABASE_URL, if it is one of this kind (and not SQLite, whose tests make their own files)."""
    url = os.environ.get("DATABASE_URL", "")
    scheme = urlsplit(url).scheme
    return url if name != "sqlite" and SCHEMES.get(scheme, scheme) == name else ""


def _started(stack: contextlib.ExitStack, name: str, python: str) -> str:
    try:
        return stack.enter_context(postgres.server(python) if name == "postgres" else mariadb.server())
    except (RuntimeError, OSError) as failure:
        raise NotHere(str(failure)) from failure
