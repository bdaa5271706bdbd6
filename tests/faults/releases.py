"""The code of an earlier release beside the present one: taken from the project's history, on the same database."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.sources import ROOT

BEFORE_0003 = "399ae58382e02fc27e89639dea62ecc13fa54a15"
"""The last commit that knows neither limits nor batches: its schema ends with migration 0002."""


def in_history(commit: str) -> bool:
    """Whether the source is a checkout that goes back so far."""
    found = subprocess.run(["git", "cat-file", "-e", f"{commit}^{{commit}}"], cwd=ROOT, capture_output=True)
    return found.returncode == 0


def unpack(commit: str, folder: Path) -> dict[str, str]:
    """Put the source and the tests of that commit there; returns the environment of processes that run it."""
    packed = subprocess.run(
        ["git", "archive", commit, "src", "tests"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    # Without the second, the folder in which Python was started would come first.
    return {"PYTHONPATH": os.pathsep.join([str(folder / "src"), str(folder)]), "PYTHONSAFEPATH": "1"}


def say(environment: dict[str, str], code: str, *words: str) -> str:
    """What this code prints, run by that release on the test's database."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
