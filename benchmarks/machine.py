"""What was measured on: without it a figure says nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable

from benchmarks.measures.sizes import Sizes
from benchmarks.systems import System


def facts(systems: Iterable[System], urls: dict[str, str], sizes: Sizes, rounds: int) -> dict[str, str]:
    """Words for the line above the tables."""
    import django

    chosen = list(systems)
    found = {
        "Cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        **_versions(chosen),
    }
    if "postgres" in urls:
        found["PostgreSQL"] = _postgres(urls["postgres"])
    return found | {
        "Tasks": f"{sizes.tasks:,}",
        "Rounds": str(rounds),
        "Statistics of the backlog": "taken" if sizes.analyze else "not taken",
    }


def _versions(systems: list[System]) -> dict[str, str]:
    names = sorted({package for system in systems if not system.missing() for package in system.packages})
    return {name: importlib.metadata.version(name) for name in names}


def _postgres(url: str) -> str:
    """Its version, and whether its commits survive a power cut."""
    import psycopg

    with psycopg.connect(url) as connection:
        rows = [connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "fsync")]
    version, fsync = (str(row[0]) if row else "?" for row in rows)
    return f"{version.split()[0]} (fsync {fsync})"
