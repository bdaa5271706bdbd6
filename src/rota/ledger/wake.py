"""Tell idle processes that there is something to look at, once it is committed.

A hint goes out in a statement of its own after the commit, never inside it: inside a transaction PostgreSQL makes every
commit that says something wait for the one before. The first hint of a kind goes at once, further ones of the same
kind within 25 ms not at all: a supervisor looks again after each hint, later than that, and so sees what they meant.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Any

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from rota import clock
from rota.ledger import doorbells
from rota.ledger.connections import after_commit as _after_commit
from rota.ledger.hints import ANY, Hint
from rota.models import Run, State

log = logging.getLogger("rota")

CHANNEL = "rota_wake"
APART = 0.025
"""Seconds between two hints of one kind (a queue, schedules, stops) from one process."""
FORGET = 1000


def for_runs(runs: Iterable[Run], *, using: str) -> None:
    """These rows were written: whichever of them can be claimed, now or later, has somebody look."""
    claimable = [run.queue_name for run in runs if run.state == State.READY and run.ready_at is not None]
    if claimable:
        after_commit(Hint(Counter(claimable)), using=using)


def workers(runs: int, queue: str = ANY, *, using: str) -> None:
    """So many runs became claimable in this queue, or in queues that the caller does not know."""
    if runs:
        after_commit(Hint({queue: runs}), using=using)


def schedulers(*, using: str) -> None:
    """A schedule was changed."""
    after_commit(Hint(schedules=True), using=using)


def supervisors(*, using: str) -> None:
    """Somebody asked for an attempt to be stopped."""
    after_commit(Hint(stops=True), using=using)


def after_commit(hint: Hint, *, using: str) -> None:
    """Send it when the transaction on `using` is committed; at once when there is none."""
    if connections[using].vendor in _SENDERS:
        _after_commit(partial(_send, hint, using), using)


def _send(hint: Hint, using: str) -> None:
    fresh = _limit.fresh(hint, using)
    if not fresh:
        return
    connection = connections[using]
    try:
        _SENDERS[connection.vendor](connection, fresh.encode())
    except (Error, OSError) as error:
        log.debug("A wake-up was not sent: %s", error)


def _notify(connection: BaseDatabaseWrapper, said: str) -> None:
    """On the connection that has just committed, past Django's cursor: it is no query of the user's.

    Nothing of a hint need survive a crash, so its commit does not wait for the disk; that holds for this one
    statement and leaves the session as it is.
    """
    driver: Any = connection.connection
    if driver is None:
        return
    with connection.wrap_database_errors, driver.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)", (CHANNEL, said)
        )


def _ring(connection: BaseDatabaseWrapper, said: str) -> None:
    database = doorbells.file_of(connection.settings_dict)
    if database is not None:
        doorbells.ring(database, said)


_SENDERS: dict[str, Callable[[BaseDatabaseWrapper, str], None]] = {"postgresql": _notify, "sqlite": _ring}


class _Limit:
    """Remembers when each kind of hint was last sent by this process."""

    def __init__(self) -> None:
        self._sent: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def fresh(self, hint: Hint, using: str) -> Hint:
        """The part of `hint` that may be sent now; it counts as sent."""
        with self._lock:
            now = clock.elapsed()
            if len(self._sent) > FORGET:
                self._sent = {kind: at for kind, at in self._sent.items() if now - at < APART}
            queues = {name: runs for name, runs in hint.queues.items() if self._may((using, name), now)}
            return Hint(
                queues,
                hint.schedules and self._may((using, "schedules", True), now),
                hint.stops and self._may((using, "stops", True), now),
            )

    def _may(self, kind: Hashable, now: float) -> bool:
        if now - self._sent.get(kind, -APART) < APART:
            return False
        self._sent[kind] = now
        return True


_limit = _Limit()
