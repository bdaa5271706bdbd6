"""The project's own database connections are fit before a task, and left clean by it."""

from __future__ import annotations

import logging

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from rota.ledger.own import OWN_ALIAS

log = logging.getLogger("rota")


_connected: list[str] = []
"""Aliases that have been connected to in this process. While there are none, there is nothing to look at."""


def _note_connected(connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.alias != OWN_ALIAS and connection.alias not in _connected:
        _connected.append(connection.alias)


connection_created.connect(_note_connected, dispatch_uid="rota.hygiene")
for _connection in connections.all(initialized_only=True):
    # Opened while the apps were set up, before anybody listened.
    if _connection.connection is not None:
        _note_connected(_connection)


class clean_connections:  # noqa: N801 - used as `with clean_connections()`
    """Like Django's between two requests; a transaction that the task left open is rolled back, never committed.

    A connection on which the caller has opened a transaction (a test does) is the caller's, and left alone.
    """

    __slots__ = ("_callers",)

    def __enter__(self) -> None:
        found = _open()
        self._callers = {connection.alias for connection in found if connection.in_atomic_block}
        for connection in found:
            if connection.alias not in self._callers:
                connection.close_if_unusable_or_obsolete()

    def __exit__(self, *_: object) -> None:
        for connection in _open():
            if connection.alias not in self._callers:
                _tidy(connection)


def _open() -> list[BaseDatabaseWrapper]:
    if not _connected:
        return []
    return [c for c in connections.all(initialized_only=True) if c.connection is not None]


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
        # A task that closed it within the block: close() would go on believing that this is done.
        connection.closed_in_transaction = False
        connection.close()
    elif not connection.get_autocommit():
        connection.rollback()
        connection.set_autocommit(True)
    else:
        connection.connection.rollback()
