"""Run the suite in cells of Python x Django x database, and say at the end what became of each.

python -m scripts.matrix --own                            what `make test` runs
python -m scripts.matrix --cells py313-django61-mariadb   these cells, and all of them must run
python -m scripts.matrix --all                            everything the machine has
python -m scripts.matrix --own -- -k cron --durations=3   with arguments for pytest
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType

from scripts import cells, databases, environment, lanes, pythons

ONE_AT_A_TIME = threading.Lock()
"""Two cells may share an environment."""

PASSED, FAILED, NOT_RUN = "passed", "FAILED", "NOT RUN"


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of a cell, after how many seconds, and why."""

    cell: cells.Cell
    outcome: str
    seconds: float
    why: str = ""

    def __str__(self) -> str:
        return f"{self.cell!s:<26} {self.outcome:<8} {self.seconds:6.0f} s  {self.why}".rstrip()


def main(arguments: Sequence[str]) -> int:
    """Run the cells asked for. 0 when all passed; with --all those that the machine has not are only named."""
    mine, pytest = _split(list(arguments))
    wanted = _parser().parse_args(mine)
    chosen = cells.every() if wanted.all else wanted.cells or cells.own()
    signal.signal(signal.SIGTERM, _end)
    results = lanes.side_by_side([partial(run, cell, pytest) for cell in chosen])
    print("\n".join(["", "rota's matrix:", *map(str, results)]), flush=True)
    bad = {FAILED} if wanted.all else {FAILED, NOT_RUN}
    return int(any(result.outcome in bad for result in results))


def run(cell: cells.Cell, pytest: Sequence[str], lane: lanes.Lane) -> Result:
    """Set up what the cell needs, and run the suite in it."""
    begun = time.monotonic()
    try:
        code, why = _suite(cell, pytest, lane), ""
        outcome = FAILED if code else PASSED
        why = f"pytest ended with {code}" if code else ""
    except databases.NotHere as absent:
        outcome, why = NOT_RUN, str(absent)
    return Result(cell, outcome, time.monotonic() - begun, why)


def _suite(cell: cells.Cell, pytest: Sequence[str], lane: lanes.Lane) -> int:
    databases.require(cell.database)
    python = _environment(cell)
    with databases.opened(cell.database, python) as url:
        lane.say(f"\n{' ' + str(cell) + ' ':=^78}")
        mine = {"ROTA_TEST_DATABASE": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        command = [python, "-m", "pytest", *pytest]
        return lane.run(command, cwd=environment.ROOT, env=os.environ | mine)


def _environment(cell: cells.Cell) -> str:
    if pythons.find(cell.python) is None:
        raise databases.NotHere(f"no Python {cell.python} on this machine")
    client = ("mysql",) if cell.database in ("mariadb", "mysql") else ()
    try:
        with ONE_AT_A_TIME:
            return environment.ensure(cell.python, cell.django, client)
    except subprocess.CalledProcessError as failure:
        raise databases.NotHere(
            f"could not install it: {failure.cmd[0]} ended with {failure.returncode}"
        ) from failure


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before and after `--`."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.matrix", description="Run the suite in cells.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--own", action="store_true", help="this Python, its newest Django, SQLite and PostgreSQL"
    )
    choice.add_argument("--all", action="store_true", help="every cell that the machine has")
    choice.add_argument(
        "--cells", nargs="+", type=_cell, metavar="CELL", help="such as py313-django61-postgres"
    )
    return parser


def _cell(text: str) -> cells.Cell:
    try:
        return cells.parse(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


def _end(number: int, frame: FrameType | None) -> None:
    """Leave through the `finally` blocks, so that no database server stays behind."""
    lanes.end_all()
    raise SystemExit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
