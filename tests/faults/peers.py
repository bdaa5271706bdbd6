"""Other processes on the test's database, and what they say; see `peer.py`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def peer(*words: str, url: str = "", settings: str = "tests.settings") -> subprocess.Popen[str]:
    """Another process on this database."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    environment |= {"ROTA_TEST_DATABASE": url} if url else {}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.peer", *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next line of what it says."""
    assert process.stdout is not None
    said: dict[str, Any] = json.loads(process.stdout.readline())
    return said


def go_on(process: subprocess.Popen[str]) -> None:
    """Let it do what it waits to do."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def told(*words: str, url: str = "", settings: str = "tests.settings") -> dict[str, Any]:
    """All that it says, when it says one thing and ends."""
    process = peer(*words, url=url, settings=settings)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    said: dict[str, Any] = json.loads(out)
    return said


def end(process: subprocess.Popen[str]) -> None:
    """Whatever became of it, it is gone."""
    process.kill()
    process.communicate()
