"""The databases and brokers that systems stand on: those the environment names, else the usual ones, else our own.

DATABASE_URL, REDIS_URL and RABBITMQ_URL name them. On PostgreSQL the database `rota_bench` is ours; on Redis the first
of the databases 9 to 15 that is empty, or that an earlier run marked as ours; on RabbitMQ the queue `rota_bench`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts import postgres, servers

USUAL = {
    "postgres": "postgres://postgres@127.0.0.1:5432/postgres",
    "redis": "redis://127.0.0.1:6379",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//",
}
NAMED = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "rabbitmq": "RABBITMQ_URL"}
SCHEMES = {
    "postgres": ("postgres", "postgresql"),
    "redis": ("redis", "rediss"),
    "rabbitmq": ("amqp", "amqps"),
}
"""DATABASE_URL may name a database of another kind, which is none of ours."""
OURS = "rota_bench"
MARK = "rota_bench:ours"
"""The key by which we know a Redis database that an earlier run has left."""
REDIS_DATABASES = range(9, 16)


class NotHere(Exception):
    """This machine has no such server; the message says why."""


def find(kind: str, stack: contextlib.ExitStack) -> str:
    """The URL of a server of this kind, which holds as long as `stack`. Raises NotHere when there is none."""
    named = os.environ.get(NAMED[kind], "")
    if named.partition(":")[0] in SCHEMES[kind]:
        return named
    reason = _mute(kind, USUAL[kind])
    if not reason:
        return USUAL[kind]
    try:
        return _started(kind, stack)
    except (RuntimeError, OSError) as failure:
        raise NotHere(f"{NAMED[kind]} is not set; {USUAL[kind]}: {reason}; our own: {failure}") from failure


def _started(kind: str, stack: contextlib.ExitStack) -> str:
    print(f"starting a {kind} of our own", file=sys.stderr, flush=True)
    if kind == "postgres":
        return stack.enter_context(postgres.server(sys.executable, durable=True))
    if kind == "redis":
        return stack.enter_context(_redis())
    raise RuntimeError("no server of this kind can be started here")


@contextlib.contextmanager
def _redis() -> Iterator[str]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise RuntimeError("neither redis-server nor valkey-server is on PATH")
    with servers.folder("redis") as folder:
        port = servers.free_port()
        command: list[str | Path] = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        running = servers.start(command, folder / "log")
        try:
            url = f"redis://127.0.0.1:{port}"
            servers.wait_for([sys.executable, "-c", f"import redis; redis.Redis.from_url('{url}').ping()"],
                             running, folder / "log")  # fmt: skip
            yield url
        finally:
            servers.stop(running, signal.SIGTERM)


def _mute(kind: str, url: str) -> str:
    """Why nobody answers at `url`; nothing when somebody does."""
    try:
        ASK[kind](url)
    except Exception as failure:  # noqa: BLE001 - each client has its own kinds, and all of them mean the same here
        return f"{type(failure).__name__}: {failure}".splitlines()[0]
    return ""


def _ask_postgres(url: str) -> None:
    import psycopg

    psycopg.connect(url, connect_timeout=3).close()


def _ask_redis(url: str) -> None:
    import redis

    redis.Redis.from_url(url, socket_connect_timeout=3).ping()


def _ask_rabbitmq(url: str) -> None:
    import kombu

    with kombu.Connection(url, connect_timeout=3) as connection:
        connection.connect()


ASK = {"postgres": _ask_postgres, "redis": _ask_redis, "rabbitmq": _ask_rabbitmq}


@contextlib.contextmanager
def emptied(kind: str, url: str) -> Iterator[str]:
    """The URL of an empty database or broker of this kind; emptied again at the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="rota-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
    elif kind == "postgres":
        with _own_database(url) as own:
            yield own
    elif kind == "redis":
        with _own_number(url) as own:
            yield own
    else:
        yield url


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[str]:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {OURS} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {OURS}")
        try:
            yield f"{url.rpartition('/')[0]}/{OURS}"
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {OURS} WITH (FORCE)")


@contextlib.contextmanager
def _own_number(url: str) -> Iterator[str]:
    import redis

    base = url if url.count("/") == 2 else url.rpartition("/")[0]
    for number in REDIS_DATABASES:
        with redis.Redis.from_url(f"{base}/{number}") as client:
            if client.dbsize() and not client.exists(MARK):
                continue
            client.flushdb()
            client.set(MARK, "benchmarks may empty this database")
            try:
                yield f"{base}/{number}"
            finally:
                client.flushdb()
            return
    raise NotHere(
        f"every database from {REDIS_DATABASES[0]} to {REDIS_DATABASES[-1]} of {base} holds keys of others"
    )
