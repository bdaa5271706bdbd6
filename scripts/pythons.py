"""Which Pythons this machine has."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from pathlib import Path

KNOWN = ("3.11", "3.12", "3.13", "3.14")


def current() -> str:
    """The version of the running interpreter, such as `3.13`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@functools.cache
def find(version: str) -> str | None:
    """A working interpreter of `version` (such as `3.13`): this one, on PATH, or of pyenv. None if there is none."""
    return next((path for path in _candidates(version) if _runs(path, version)), None)


def _candidates(version: str) -> list[str]:
    found = [sys.executable] if version == current() else []
    on_path = shutil.which(f"python{version}")
    if on_path:
        found.append(on_path)
    pyenv = Path.home() / ".pyenv" / "versions"
    return found + [str(path) for path in sorted(pyenv.glob(f"{version}*/bin/python"), reverse=True)]


def _runs(path: str, version: str) -> bool:
    """A shim on PATH may exist and yet refuse to start: ask it for its version."""
    ask = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == version
