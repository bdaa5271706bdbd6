"""A real MariaDB for the tests, from the programs that the machine has: own folder, own port, gone at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from scripts import servers

SBIN = ["/usr/sbin", "/usr/local/sbin"]
FAST = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", "--innodb-buffer-pool-size=128M"]
"""What the tests store need not survive a power cut."""


def missing() -> str:
    """What keeps this machine from starting a MariaDB, in words; empty when nothing does."""
    absent = [name for name in ("mariadbd", "mariadb-install-db", "mariadb-admin") if not _program(name)]
    return f"no {', '.join(absent)} on this machine" if absent else ""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server; yields its URL (root, no password, loopback only), stops it at the end."""
    with servers.folder("mariadb") as folder:
        data, log, socket, port = folder / "data", folder / "log", folder / "socket", str(servers.free_port())
        own = ["--no-defaults", f"--datadir={data}"]
        accounts = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        servers.run([_program("mariadb-install-db"), *own, *accounts], log)
        listen = [
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--socket={socket}",
            f"--pid-file={folder / 'pid'}",
        ]
        running = servers.start([_program("mariadbd"), *own, *listen, "--skip-name-resolve", *FAST], log)
        try:
            ping = [_program("mariadb-admin"), "--no-defaults", f"--socket={socket}", "--user=root", "ping"]
            servers.wait_for(ping, running, log)
            yield f"mysql://root@127.0.0.1:{port}/mysql"
        finally:
            servers.stop(running, signal.SIGTERM)


def _program(name: str) -> str | Path:
    """Distributions keep servers in folders that are not on everybody's PATH."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *SBIN])) or ""
