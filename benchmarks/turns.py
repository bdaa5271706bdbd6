"""Who is measured when: round by round every measure of every system, each in a process of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import servers
from benchmarks.figures import Round, number
from benchmarks.measures import KINDS, Measure
from benchmarks.measures.sizes import Sizes
from benchmarks.report import Results
from benchmarks.staff import FAILED, Failed
from benchmarks.systems import System

ROOT = Path(__file__).resolve().parent.parent
WITHIN = 3600.0
"""Seconds after which a measure is given up."""


class Absent(Failed):
    """What a system needs is not there: no measure can be taken of it."""


@dataclasses.dataclass(frozen=True)
class Turn:
    """One measure of one system."""

    system: System
    measure: Measure


class Standing:
    """The servers that stand, each looked for once."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._found: dict[str, str] = {}
        self._absent: dict[str, str] = {}

    def url(self, kind: str) -> str:
        """Where a server of this kind is. Raises Absent when there is none."""
        if kind not in self._found and kind not in self._absent:
            try:
                self._found[kind] = servers.find(kind, self._stack)
            except servers.NotHere as reason:
                self._absent[kind] = f"no {kind}: {reason}"
        if kind in self._absent:
            raise Absent(self._absent[kind])
        return self._found[kind]

    def look(self, kinds: set[str]) -> dict[str, str]:
        """Look for all of these; those that there are, each with its URL."""
        for kind in sorted(kinds):
            with contextlib.suppress(Absent):
                self.url(kind)
        return dict(self._found)


def take(wanted: list[Turn], standing: Standing, sizes: Sizes, rounds: int, results: Results) -> Results:
    """Take every turn, `rounds` times; what fails once is not tried again, and named."""
    for round_number in range(rounds):
        for turn in wanted:
            if not _skipped(turn, round_number, results):
                _take(turn, standing, sizes, round_number, results)
    return results


def _skipped(turn: Turn, round_number: int, results: Results) -> bool:
    failed = results.failures.get(turn.system.name, {})
    return "all" in failed or turn.measure.name in failed or (turn.measure.own_rounds and round_number > 0)


def _take(turn: Turn, standing: Standing, sizes: Sizes, round_number: int, results: Results) -> None:
    name, begun = turn.system.name, time.monotonic()
    try:
        figures = _measured(turn, standing, sizes)
    except Exception as reason:  # noqa: BLE001 - a server that fails must not lose hours of other figures
        which = "all" if isinstance(reason, Absent) else turn.measure.name
        why = str(reason) if isinstance(reason, Failed) else f"{type(reason).__name__}: {reason}"
        results.failures.setdefault(name, {})[which] = " ".join(why.split())
        _say(f"round {round_number + 1}  {turn.measure.name:<12} {name:<24} NOT MEASURED: {reason}")
        return
    found = results.rounds.setdefault(name, [])
    found.extend({} for _ in range(round_number + 1 - len(found)))
    found[round_number] |= figures
    words = ", ".join(
        f"{KINDS[key].title} {number(value)} {KINDS[key].unit}" for key, value in figures.items()
    )
    _say(
        f"round {round_number + 1}  {turn.measure.name:<12} {name:<24} "
        f"{time.monotonic() - begun:5.0f} s  {words or 'nothing to measure'}"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _measured(turn: Turn, standing: Standing, sizes: Sizes) -> Round:
    system = turn.system
    if system.missing():
        raise Absent(f"not installed on this Python: {', '.join(system.missing())}")
    with contextlib.ExitStack() as stack:
        try:
            database = stack.enter_context(
                servers.emptied(system.database, _where(system.database, standing))
            )
            broker = system.broker and stack.enter_context(
                servers.emptied(system.broker, _where(system.broker, standing))
            )
        except servers.NotHere as reason:
            raise Absent(str(reason)) from reason
        marks = stack.enter_context(tempfile.TemporaryDirectory(prefix="rota-marks-"))
        environment = os.environ | {
            "BENCH_SYSTEM": system.name,
            "BENCH_DATABASE": database,
            "BENCH_BROKER": broker,
            "BENCH_MARKS": marks,
            "BENCH_SIZES": sizes.to_text(),
            "BENCH_SCHEDULES": turn.measure.schedules.format(**dataclasses.asdict(sizes)),
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        }
        return _child(turn.measure.name, environment)


def _where(kind: str, standing: Standing) -> str:
    return "" if kind == "sqlite" else standing.url(kind)


def _child(measure: str, environment: dict[str, str]) -> Round:
    command = [sys.executable, "-m", "benchmarks.measure", measure]
    # A session of its own: Ctrl-C reaches us alone, and the child has the time to stop its workers.
    child = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = child.communicate(timeout=WITHIN)
    except subprocess.TimeoutExpired:
        raise Failed(f"given up after {WITHIN:g} s") from None
    finally:
        if child.returncode is None:
            child.terminate()
            child.communicate()
    if child.returncode:
        _say(err)
        last = err.strip().splitlines()[-1:] or ["without a word"]
        raise Failed(last[0] if child.returncode == FAILED else f"ended with {child.returncode}: {last[0]}")
    figures: Round = json.loads(out.strip().splitlines()[-1])
    return figures
