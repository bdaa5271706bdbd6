"""What the throw-away database servers have in common: a free port, a folder, an account that is not root."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

UNPRIVILEGED = "nobody"
"""Database servers refuse to run as root; this account exists everywhere and owns nothing."""


def is_root() -> bool:
    """Whether this process runs as root (never on Windows)."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def folder(name: str) -> Iterator[Path]:
    """A folder for a server's files, removed at the end; it belongs to the account that `run` uses."""
    path = Path(tempfile.mkdtemp(prefix=f"rota-{name}-"))
    if is_root():
        shutil.chown(path, UNPRIVILEGED)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def run(command: Sequence[str | Path], log: Path) -> None:
    """Run a server's tool to its end. Raises RuntimeError with what it wrote when it fails."""
    with log.open("ab") as out:
        ended = subprocess.run(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False, **_account()
        )
    if ended.returncode:
        raise RuntimeError(
            f"{command[0]} ended with {ended.returncode}:\n{log.read_text(errors='replace')[-2000:]}"
        )


def start(command: Sequence[str | Path], log: Path) -> subprocess.Popen[bytes]:
    """Start a server that stays in the foreground, as the unprivileged account when we are root."""
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **_account())


def wait_for(
    answer: Sequence[str | Path], server: subprocess.Popen[bytes], log: Path, within: float = 60
) -> None:
    """Ask again and again until `answer` (a command) succeeds. Raises RuntimeError when the server ends or is mute."""
    until = time.monotonic() + within
    quiet = subprocess.DEVNULL
    while subprocess.run(answer, stdout=quiet, stderr=quiet, stdin=quiet, check=False).returncode:
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def stop(server: subprocess.Popen[bytes], signal: int, within: float = 30) -> None:
    """Ask a server to end with `signal`, and end it by force when it has not after `within` seconds."""
    server.send_signal(signal)
    try:
        server.wait(within)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _account() -> dict[str, Any]:
    if not is_root():
        return {}
    group = "nogroup" if _group_exists("nogroup") else UNPRIVILEGED
    return {"user": UNPRIVILEGED, "group": group, "extra_groups": []}


def _group_exists(name: str) -> bool:
    import grp

    try:
        return bool(grp.getgrnam(name))
    except KeyError:
        return False
