"""Tasks that leave a mess behind, close what is not theirs, and never stop asking for more."""

from __future__ import annotations

import contextlib
import decimal
import locale
import os
import signal
import sys
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from rota.compat import task
from rota.execution.context import current_run
from rota.models import Run
from tests.project.work_tasks import witness


def look() -> dict[str, Any]:
    """What a task finds."""
    found = {
        "cwd": str(Path.cwd()),
        "umask": _umask(),
        "environment": os.environ.get("FAULT"),
        "path": os.environ.get("PATH"),
        "locale": locale.setlocale(locale.LC_ALL),
        "sigterm": _name(signal.SIGTERM),
        "sigusr1": _name(signal.SIGUSR1),
        "sigpipe": _name(signal.SIGPIPE),
        "blocked": sorted(int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "language": translation.get_language(),
        "zone": timezone.get_current_timezone_name(),
        "precision": decimal.getcontext().prec,
        "recursion": sys.getrecursionlimit(),
    }
    return found | _session()


def _umask() -> int:
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


def _name(number: signal.Signals) -> str:
    handler = signal.getsignal(number)
    return getattr(handler, "__qualname__", str(handler))


def _session() -> dict[str, Any]:
    found: dict[str, Any] = {"autocommit": connection.get_autocommit(), "atomic": connection.in_atomic_block}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in ("search_path", "timezone", "default_transaction_isolation"):
                cursor.execute(f"SHOW {name}")
                found[name] = cursor.fetchone()[0]
    return found


@task
def report() -> dict[str, Any]:
    """What this run finds."""
    return look()


@task
def change_the_process() -> str:
    """Changes what all tasks of this process share."""
    os.chdir("/")
    os.umask(0o077)
    os.environ["FAULT"] = "left behind"
    os.environ["PATH"] = "/nowhere"
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    locale.setlocale(locale.LC_NUMERIC, "C")
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGPIPE):
        signal.signal(number, _ignore)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    translation.activate("es")
    timezone.activate("Asia/Tokyo")
    decimal.getcontext().prec = 3
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    return str(os.getpid())


def _ignore(*_: object) -> None:
    """A handler that a task put in place."""


@task
def change_the_session(text: str) -> None:
    """Changes its connection, and leaves a transaction open with a row in it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET search_path TO pg_catalog, pg_temp")
            cursor.execute("SET timezone TO 'Asia/Tokyo'")
            cursor.execute("SET default_transaction_isolation TO 'serializable'")
            cursor.execute("SET search_path TO public")
            cursor.execute("SET search_path TO public, pg_catalog")
    connection.set_autocommit(False)
    _insert(text)


@task
def leave_atomic_open(how: str, text: str) -> None:
    """Begins what it does not end."""
    transaction.atomic().__enter__()
    transaction.atomic().__enter__()
    _insert(text)
    if how == "closed":
        connection.close()
    if how == "broken":
        with contextlib.suppress(Exception), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM auth_group")
    if how == "rollback":
        transaction.set_rollback(True)
    if how == "raised":
        raise ValueError(how)


@task
def close_the_connection(how: str) -> None:
    """Ends its connection, or the driver's below Django's."""
    _count()
    if how == "django":
        connection.close()
    else:
        connection.connection.close()


def _insert(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES (%s)", [text])


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM auth_group")
        return int(cursor.fetchone()[0])


@task
def groups() -> int:
    """How many groups the project's own connection sees."""
    return _count()


@task
def close_everything(then: str) -> None:
    """Closes every file that this process has open."""
    witness(f"close {then} START")
    os.closerange(3, 4096)
    if then == "abort":
        os.abort()


@task
def again_and_again() -> None:
    """Enqueues itself."""
    witness("again")
    again_and_again.enqueue()


@task
def many(count: int) -> None:
    """Enqueues a lot of others at once."""
    backend = leaf.get_backend()
    backend.enqueue_many([(leaf, [], {})] * count)


@task
def leaf() -> None:
    """One of very many."""


@task
def lock_my_row() -> str:
    """Wants its own row for itself, at once or not at all."""
    run = current_run()
    assert run is not None
    with transaction.atomic():
        rows = Run.objects.filter(pk=run.id)
        row = rows.get() if connection.vendor == "sqlite" else rows.select_for_update(nowait=True).get()
        if connection.vendor == "sqlite":
            _insert(f"group {run.id}")
        return row.state
