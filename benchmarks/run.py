"""Measure rota and its peers in turn, round by round; print the tables, name what could not be measured.

python benchmarks/run.py                                  everything, three rounds: about two hours on a quiet machine
python benchmarks/run.py --quick                          all of it in small: does it work?
python benchmarks/run.py --only throughput,latency --systems rota-postgres,oban --rounds 5
python benchmarks/run.py --only history --history 10000000
python benchmarks/run.py --write docs/performance.md --json figures.json

It makes an environment of its own with the newest Python there is and the peers of requirements/bench.txt. Servers:
DATABASE_URL, REDIS_URL, RABBITMQ_URL, else those on the usual ports of 127.0.0.1, else throw-away ones.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path[:1] = [str(ROOT), str(ROOT / "src")]

from benchmarks import machine, report, staff, turns  # noqa: E402 - the path comes first
from benchmarks.measures import MEASURES, Measure  # noqa: E402
from benchmarks.measures.sizes import QUICK, Sizes  # noqa: E402
from benchmarks.systems import SYSTEMS, System  # noqa: E402
from scripts import environment, pythons  # noqa: E402

PYTHONS = ("3.13", "3.14", "3.12")
"""Peers need 3.12; the first of these that the machine has is taken, else the running one."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write. 0, or 1 when rota itself could not be measured."""
    options = _parser().parse_args(arguments)
    if not options.here:
        _move_in()
    staff.end_on_sigterm()
    wanted = [
        turns.Turn(system, measure)
        for measure in _measures(options.only)
        for system in _systems(options.systems)
        if measure.applies(system, named=bool(options.systems))
    ]
    if options.write:
        report.parts(options.write)  # a page that cannot be written is refused now, not hours later
    found = _measured(wanted, _sizes(options), options)
    if options.write:
        report.put(options.write, report.markdown(found))
    return int(any(SYSTEMS[name].family == "rota" for name in found.failures))


def _measured(wanted: list[turns.Turn], sizes: Sizes, options: argparse.Namespace) -> report.Results:
    systems = list({turn.system.name: turn.system for turn in wanted}.values())
    rounds = options.rounds or (1 if options.quick else 3)
    with contextlib.ExitStack() as stack:
        standing = turns.Standing(stack)
        urls = standing.look({kind for system in systems for kind in system.servers})
        results = report.Results(machine.facts(systems, urls, sizes, rounds), {})
        try:
            return turns.take(wanted, standing, sizes, rounds, results)
        finally:
            # Also what was found before somebody lost patience.
            _tell(results, options.json)


def _tell(found: report.Results, file: Path | None) -> None:
    print(report.markdown(found))
    if file:
        file.write_text(json.dumps(found.to_json(), indent=1) + "\n", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="benchmarks/run.py"
    )
    parser.add_argument("--only", help=f"measures, with commas: {', '.join(MEASURES)}")
    parser.add_argument("--systems", help=f"with commas; a beginning is enough: {', '.join(SYSTEMS)}")
    parser.add_argument("--rounds", type=int, help="how often everything is measured (3; 1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="small numbers, one round: minutes, not hours")
    parser.add_argument("--tasks", type=int, help="tasks of a backlog (10000)")
    parser.add_argument(
        "--schedules", type=int, help="schedules due at once, for the measure planning (10000)"
    )
    parser.add_argument("--history", type=int, help="finished runs in the table, for the measure history (0)")
    parser.add_argument(
        "--no-analyze", action="store_true", help="let PostgreSQL guess what a backlog is like"
    )
    parser.add_argument(
        "--write", type=Path, metavar="PAGE", help="put the tables between the marks of this page"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round")
    parser.add_argument(
        "--here", action="store_true", help="use the running Python and what is installed in it"
    )
    return parser


def _sizes(options: argparse.Namespace) -> Sizes:
    given = {
        name: getattr(options, name)
        for name in ("tasks", "schedules", "history")
        if getattr(options, name) is not None
    }
    if options.no_analyze:
        given["analyze"] = False
    return dataclasses.replace(QUICK if options.quick else Sizes(), **given)


def _systems(asked: str | None) -> list[System]:
    names = SYSTEMS if asked is None else _named(asked, SYSTEMS, "systems")
    return [SYSTEMS[name] for name in names]


def _measures(asked: str | None) -> list[Measure]:
    names = MEASURES if asked is None else _named(asked, MEASURES, "only")
    return [MEASURES[name] for name in names]


def _named(asked: str, known: Iterable[str], what: str) -> list[str]:
    """The names that begin as asked, in the order in which they are known."""
    words = [word.strip() for word in asked.split(",") if word.strip()]
    for word in words:
        if not any(name.startswith(word) for name in known):
            raise SystemExit(f"--{what}: expected one of {', '.join(known)}, got {word!r}.")
    return [name for name in known if any(name.startswith(word) for word in words)]


def _move_in() -> None:
    """Go on in the environment of the benchmarks, made when it is not there."""
    python = next(filter(pythons.find, PYTHONS), pythons.current())
    folder = ROOT / ".venvs" / f"bench-py{python.replace('.', '')}"
    if Path(sys.prefix) != folder:
        interpreter = environment.ensure(python, extra=("bench",), folder=folder)
        os.execv(interpreter, [interpreter, str(Path(__file__).resolve()), *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
