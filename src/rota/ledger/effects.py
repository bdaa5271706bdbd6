"""Work that stays only if its attempt still holds the run when it is committed, and marks of what happens once."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import Error, IntegrityError, OperationalError, connections, transaction

from rota import clock, conf
from rota.exceptions import AttemptLost, DoneElsewhere, Refused
from rota.models import Effect, Run, State

_POSTGRES_ROOM = 0x726F7461
"""'rota' in ASCII: the first half of our advisory locks, which have two."""
_LOCK_NOT_AVAILABLE = "55P03"


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """The attempt that works: `token` is the fence that its claim drew."""

    run_id: uuid.UUID
    token: int
    attempt: int


@dataclasses.dataclass(slots=True)
class Mark:
    """`first` says that nobody has made it before; then `result` is what will be kept with it, else what was."""

    first: bool
    result: Any = None


@contextlib.contextmanager
def fenced(holder: Holder | None, *, using: str) -> Iterator[None]:
    """A transaction on `using` that is rolled back, with AttemptLost, when `holder` no longer holds its run at its end.

    Without a holder it is only a transaction. Raises Refused inside another one, whose end nobody could guard.
    """
    with _outermost(using):
        yield
        if holder is not None:
            hold(holder, using=using)


@contextlib.contextmanager
def marked(key: str, holder: Holder | None, *, using: str) -> Iterator[Mark]:
    """The same, with the mark `key` (see `keys.distinct`), which is made at the end if it was not there at the start.

    Who comes while another is inside waits, at most a lease: whoever is inside and frozen must not hold up the others
    for ever. Raises DoneElsewhere, and rolls back, when the mark was made by somebody else meanwhile.
    """
    with _turn_on_mysql(key, using), _outermost(using):
        _take_turn(key, using)
        found = Effect.objects.using(using).filter(key=key).first()
        mark = Mark(first=found is None, result=found.result if found else None)
        yield mark
        if holder is not None:
            hold(holder, using=using)
        if mark.first:
            _make(key, mark.result, holder, using)


@contextlib.contextmanager
def _outermost(using: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(transaction.atomic(using=using, durable=True))
        except RuntimeError as error:
            raise Refused(
                "rota.fenced and rota.once are a transaction of their own: expected none around them, and not one "
                "inside the other."
            ) from error
        yield


def hold(holder: Holder, *, using: str) -> None:
    """Lock the run until the caller's transaction ends, so that nobody takes it over meanwhile. Raises AttemptLost."""
    mine = Run.objects.using(using).filter(pk=holder.run_id, token=holder.token, state=State.RUNNING)
    if not list(mine.select_for_update().values_list("pk")):
        raise AttemptLost(
            f"Attempt {holder.attempt} no longer holds run {holder.run_id}: it was taken over or stopped. What this "
            "block did in the database is rolled back."
        )


def _make(key: str, result: Any, holder: Holder | None, using: str) -> None:
    mark = Effect(
        key=key, run_id=holder.run_id if holder else None, attempt=holder.attempt if holder else None,
        made_at=clock.now(using), result=result,
    )  # fmt: skip
    try:
        with transaction.atomic(using=using):
            mark.save(using=using, force_insert=True)
    except IntegrityError as error:
        raise DoneElsewhere(
            f"rota.once({key!r}): somebody else did it while this block ran. What this block did in the database is "
            "rolled back."
        ) from error


def _take_turn(key: str, using: str) -> None:
    vendor = connections[using].vendor
    if vendor == "sqlite":
        # Matches no row, yet takes the write lock: who reads first and writes later is refused on SQLite.
        Effect.objects.using(using).filter(key="").update(attempt=None)
    elif vendor == "postgresql":
        _take_turn_on_postgres(key, using)


def _take_turn_on_postgres(key: str, using: str) -> None:
    """An advisory lock, which ends with the transaction."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_POSTGRES_ROOM, number])
        if cursor.fetchone()[0]:
            return
        try:
            with transaction.atomic(using=using):
                _wait_on_postgres(cursor, number)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                raise


def _wait_on_postgres(cursor: Any, number: int) -> None:
    """Raises OperationalError after a lease; the setting is then rolled back with the savepoint."""
    cursor.execute("SELECT current_setting('lock_timeout')")
    before = cursor.fetchone()[0]
    wait = f"{conf.current().LEASE.total_seconds() * 1000:.0f}ms"
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [wait])
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_POSTGRES_ROOM, number])
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


@contextlib.contextmanager
def _turn_on_mysql(key: str, using: str) -> Iterator[None]:
    """A named lock, which belongs to the connection and not to the transaction."""
    if connections[using].vendor != "mysql":
        yield
        return
    name = "rota:" + hashlib.sha256(key.encode()).hexdigest()[:40]
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", [name, conf.current().LEASE.total_seconds()])
    try:
        yield
    finally:
        # A connection that is lost has lost the lock too.
        with contextlib.suppress(Error), connections[using].cursor() as cursor:
            cursor.execute("SELECT RELEASE_LOCK(%s)", [name])
