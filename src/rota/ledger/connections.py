"""Transactions of the ledger, and the connections that rota's own processes use."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connections, transaction

from rota import conf
from rota.ledger import own

T = TypeVar("T")

OWN_ALIAS = own.OWN_ALIAS
LOCK_WAIT = 30.0
"""Seconds to wait for SQLite's write lock before giving up."""

_TRANSIENT_SQLSTATES = {
    "25P03",
    "40001",
    "40P01",
    "55P03",
    "57014",
    "57P01",
    "57P02",
    "57P03",
    "08000",
    "08003",
    "08006",
}
_REFUSED_SQLSTATES = {"40001", "40P01", "55P03", "57014"}
_REFUSED_MYSQL = {1205, 1213}
_TRANSIENT_MYSQL = {1205, 1213, 2002, 2003, 2006, 2013, 2055, 4031}


def own_alias() -> str:
    """The alias of rota's own connections to its database; registered at the first call in each process.

    They are apart from the project's: a task that leaves a transaction open or changes a setting of its connection
    cannot touch the ledger. What they are told, and why: `own.py`.
    """
    if OWN_ALIAS not in connections.databases:
        project = connections[conf.current().DATABASE].settings_dict
        connections.databases[OWN_ALIAS] = own.settings_for(project)
    return OWN_ALIAS


def after_commit(what: Callable[[], object], using: str) -> None:
    """Call `what` once the transaction on `using` is committed; at once when there is none.

    With autocommit off nobody tells when a transaction of the user's ends: then it is left to the sweep of upkeep.
    """
    if connections[using].in_atomic_block or connections[using].get_autocommit():
        transaction.on_commit(what, using=using)


@contextlib.contextmanager
def writing(using: str) -> Iterator[None]:
    """A transaction that writes. On SQLite its start is tried again, with jitter, while another writer is at work.

    Raises OperationalError when the lock is not to be had in LOCK_WAIT seconds.
    """
    block = transaction.atomic(using=using)
    _enter(block, using)
    try:
        yield
    except BaseException as error:
        block.__exit__(type(error), error, error.__traceback__)
        raise
    else:
        block.__exit__(None, None, None)


def _enter(block: transaction.Atomic, using: str) -> None:
    if connections[using].vendor != "sqlite":
        outermost = not connections[using].in_atomic_block
        block.__enter__()
        if outermost and own.pooled(connections[using]):
            _say(block, using)
        return
    give_up = time.monotonic() + LOCK_WAIT
    while True:
        try:
            block.__enter__()
            return
        except OperationalError as error:
            if not _locked(error) or time.monotonic() > give_up:
                raise
        # Half a millisecond on average: a writer of ours holds the lock for less than five.
        time.sleep(random.uniform(0.0002, 0.0008))  # noqa: S311 - jitter, not a secret


def _say(block: transaction.Atomic, using: str) -> None:
    try:
        own.begin_pooled(connections[using])
    except BaseException as error:
        block.__exit__(type(error), error, error.__traceback__)
        raise


def _locked(error: BaseException) -> bool:
    text = str(error)
    return "database is locked" in text or "database table is locked" in text


def _refused(error: BaseException) -> bool:
    """Whether the database itself broke the work off, so that surely nothing of it was done.

    Not asked of the connection: one that broke in a COMMIT has been replaced by the time the error arrives here.
    """
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = cause.args[0] if cause is not None and cause.args else None
    return code in _REFUSED_SQLSTATES or number in _REFUSED_MYSQL or _locked(error)


def insistently(work: Callable[[], T], using: str, tries: int = 8, *, repeatable: bool = True) -> T:
    """`work()`, a whole unit of work, repeated while the database breaks it off for a passing reason.

    Inside somebody's transaction it is called once: only whoever began a transaction can repeat it. Work that is not
    `repeatable` is not repeated after a lost connection, which may have lost only the answer.
    """
    for turn in range(1, tries):
        try:
            return work()
        except Error as error:
            if connections[using].in_atomic_block or not transient(error):
                raise
            if not repeatable and not _refused(error):
                raise
            connections[using].close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0, 0.01 * 2**turn))  # noqa: S311 - jitter, not a secret
    return work()


def transient(error: BaseException) -> bool:
    """Whether the unit of work may be repeated: deadlock, serialization failure, lock timeout, lost connection."""
    if isinstance(error, InterfaceError):
        return True
    cause = error.__cause__
    # psycopg 3 and 2; some of these codes are no operational errors to them.
    code = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if code is not None:
        return code in _TRANSIENT_SQLSTATES
    if not isinstance(error, OperationalError):
        return False
    number = cause.args[0] if cause is not None and cause.args else None
    if isinstance(number, int):
        return number in _TRANSIENT_MYSQL
    # psycopg reports a connection that broke without a state; SQLite reports its lock as text alone.
    return _locked(error) or type(cause).__module__.startswith("psycopg")
