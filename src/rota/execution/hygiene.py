"""The project's own database connections are fit before a task, and left clean by it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger("rota")


@contextlib.contextmanager
def clean_connections() -> Iterator[None]:
    """Like Django's between two requests; a transaction that the task left open is rolled back, never committed.

    A connection on which the caller has opened a transaction (a test does) is the caller's, and left alone.
    """
    callers = {connection.alias for connection in _open() if connection.in_atomic_block}
    for connection in _others(callers):
        connection.close_if_unusable_or_obsolete()
    try:
        yield
    finally:
        for connection in _others(callers):
            _tidy(connection)


def _open() -> list[BaseDatabaseWrapper]:
    return [c for c in connections.all(initialized_only=True) if c.connection is not None]


def _others(callers: set[str]) -> list[BaseDatabaseWrapper]:
    return [connection for connection in _open() if connection.alias not in callers]


def _tidy(connection: BaseDatabaseWrapper) -> None:
    try:
        _roll_back(connection)
        connection.close_if_unusable_or_obsolete()
    except Exception as error:  # noqa: BLE001 - any driver's error: the attempt has ended already
        log.warning("The connection %r was dropped after a task: %s", connection.alias, error)
        connection.connection = None


def _roll_back(connection: BaseDatabaseWrapper) -> None:
    if connection.in_atomic_block:
        # close() inside an atomic block keeps the block open for its end, which will never come.
        connection.in_atomic_block = False
        connection.close()
    elif not connection.get_autocommit():
        connection.rollback()
        connection.set_autocommit(True)
    else:
        connection.connection.rollback()
