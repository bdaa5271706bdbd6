"""Measure rota and its peers, one after another, on SQLite and on PostgreSQL, and print the ratios.

python benchmarks/run.py [--tasks 10000] [--databases sqlite,postgres] [--write docs/performance.md]

PostgreSQL is DATABASE_URL, or else a server of our own. Peers that are not installed are named, not passed over.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from scripts import databases  # noqa: E402 - the path comes first

SYSTEMS = {"rota": "rota", "django-tasks-db": "django_tasks_db"}
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

Figures = dict[str, float]


def main() -> int:
    """Print the table; put it into a page as well when asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    table = "\n\n".join(_compare(database, options.tasks) for database in options.databases.split(","))
    print(table)
    if options.write:
        _put(options.write, table)
    return 0


def _compare(database: str, tasks: int) -> str:
    found = {system: _measure(system, database, tasks) for system in SYSTEMS if _installed(system)}
    missing = [system for system in SYSTEMS if system not in found]
    lines = [
        f"**{database}**, {tasks:,} tasks, {os.cpu_count()} cores, Python {platform.python_version()}",
        "",
    ]
    lines += [f"| | {' | '.join(found)} | ratio |", f"|---|{'---|' * len(found)}---|"]
    lines += [_line(name, found) for name in found["rota"]]
    return "\n".join([*lines, *(f"\nNot measured, not installed: {name}." for name in missing)])


def _line(name: str, found: dict[str, Figures]) -> str:
    values = [figures.get(name) for figures in found.values()]
    cells = ["" if value is None else f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in values]
    others = [value for value in values[1:] if value]
    ratio = "" if not others or not values[0] else f"{values[0] / max(others):.1f}"
    return f"| {name} | {' | '.join(cells)} | {ratio} |"


def _installed(system: str) -> bool:
    return importlib.util.find_spec(SYSTEMS[system]) is not None


def _measure(system: str, database: str, tasks: int) -> Figures:
    with _fresh(database) as url:
        environment = os.environ | {
            "BENCH_SYSTEM": system,
            "BENCH_DATABASE": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        print(f"measuring {system} on {database} …", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks.measure", str(tasks)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def _fresh(database: str) -> Iterator[str]:
    """The URL of an empty database."""
    with tempfile.TemporaryDirectory() as folder, databases.opened(database, sys.executable) as url:
        yield f"sqlite:///{folder}/bench.sqlite3" if database == "sqlite" else _emptied(url)


def _emptied(url: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS rota_bench WITH (FORCE)")
        connection.execute("CREATE DATABASE rota_bench")
    return url.rpartition("/")[0] + "/rota_bench"


def _put(page: Path, table: str) -> None:
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
