"""From the figures of all rounds to Markdown. Pure, but for writing the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Kind, Round, number, ratio, shown, spread
from benchmarks.measures import KINDS, MEASURES
from benchmarks.systems import SYSTEMS, System

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
BESIDE = ("tasks", "latency50", "latency99", "enqueue50", "enqueue99", "many")
"""The figures that rota and its peers are compared by, a column each."""


@dataclasses.dataclass
class Results:
    """What a run has found. `rounds`: for each system one Round per round, empty where nothing could be measured."""

    machine: dict[str, str]
    rounds: dict[str, list[Round]]
    failures: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    """System, measure (or `all`), and why it is missing."""

    def values(self, system: str, figure: str) -> list[float]:
        """The figure of each round that has it."""
        return [each[figure] for each in self.rounds.get(system, []) if figure in each]

    def pairs(self, own: str, other: str, figure: str) -> tuple[list[float], list[float]]:
        """The figure of two systems, for the rounds in which both have it."""
        rounds = zip(self.rounds.get(own, []), self.rounds.get(other, []), strict=False)
        both = [(a[figure], b[figure]) for a, b in rounds if figure in a and figure in b]
        return [a for a, _ in both], [b for _, b in both]

    def to_json(self) -> dict[str, Any]:
        """Everything, for a program."""
        return dataclasses.asdict(self)


def markdown(found: Results) -> str:
    """The tables, and what is not in them."""
    parts = [_machine(found), _beside(found), _ratios(found), _alone(found), _missing(found)]
    return "\n\n".join(part for part in parts if part)


def parts(page: Path) -> tuple[str, str]:
    """What stands before and after the figures of `page`. Raises ValueError when it has no marks for them."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"{page}: expected {BEGIN} and {END}, found {'only one' if begin else 'neither'} of them"
        )
    return before, after


def put(page: Path, text: str) -> None:
    """Replace what stands between the marks of `page`. Raises ValueError as `parts` does."""
    before, after = parts(page)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def _machine(found: Results) -> str:
    return "; ".join(f"{name} {value}".strip() for name, value in found.machine.items()) + "."


def _beside(found: Results) -> str:
    figures = [figure for figure in BESIDE if any(found.values(name, figure) for name in found.rounds)]
    names = [name for name in found.rounds if any(found.values(name, figure) for figure in figures)]
    if not figures:
        return ""
    ordered = sorted(names, key=lambda name: -_median(found, name, figures[0]))
    rows = [
        [SYSTEMS[name].title, SYSTEMS[name].where, SYSTEMS[name].keeps]
        + [_cell(found, name, figure) for figure in figures]
        for name in ordered
    ]
    return table(["", "on", "kept", *map(_heading, figures)], rows)


def _ratios(found: Results) -> str:
    """How many times as good rota is: each peer against rota on the same database, on PostgreSQL where it has none."""
    peers = [name for name in found.rounds if SYSTEMS[name].family != "rota"]
    figures = [figure for figure in BESIDE if any(_against(found, name, figure) for name in peers)]
    rows = [
        [SYSTEMS[name].title, SYSTEMS[name].where, counterpart(SYSTEMS[name]).where]
        + [_times(found, name, figure) for figure in figures]
        for name in peers
    ]
    if not figures:
        return ""
    heads = [KINDS[figure].title for figure in figures]
    return "How many times as good rota is (more than 1: rota is ahead):\n\n" + table(
        ["against", "on", "rota on", *heads], rows
    )


def counterpart(peer: System) -> System:
    """The rota that a peer is held against: on SQLite for what stands on a file alone, else on PostgreSQL."""
    return SYSTEMS["rota-sqlite" if peer.where == "SQLite" else "rota-postgres"]


def _against(found: Results, peer: str, figure: str) -> float | None:
    own, other = found.pairs(counterpart(SYSTEMS[peer]).name, peer, figure)
    return ratio(own, other, KINDS[figure])


def _times(found: Results, peer: str, figure: str) -> str:
    value = _against(found, peer, figure)
    return "" if value is None else f"{number(value)}"


def _alone(found: Results) -> str:
    """The measures that are asked of rota, and of peers when they are named: a row a figure, a column a system."""
    figures = [figure for measure in MEASURES.values() if measure.alone for figure in measure.kinds]
    names = [name for name in found.rounds if any(found.values(name, figure) for figure in figures)]
    kept = [figure for figure in figures if any(found.values(name, figure) for name in names)]
    if not kept:
        return ""
    heads = [f"{SYSTEMS[name].title.strip('*')}, {SYSTEMS[name].where}" for name in names]
    rows = [[_heading(figure), *(_cell(found, name, figure) for name in names)] for figure in kept]
    return table(["", *heads], rows)


def _missing(found: Results) -> str:
    lines = [
        f"- {name}{'' if measure == 'all' else f', {measure}'}: {reason}"
        for name, reasons in found.failures.items()
        for measure, reason in reasons.items()
    ]
    return "Not measured:\n\n" + "\n".join(lines) if lines else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; its first column is text, the others are too."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _heading(figure: str) -> str:
    kind: Kind = KINDS[figure]
    return f"{kind.title}, {kind.unit}" if kind.unit else kind.title


def _cell(found: Results, name: str, figure: str) -> str:
    values = found.values(name, figure)
    return shown(spread(values)) if values else ""


def _median(found: Results, name: str, figure: str) -> float:
    values = found.values(name, figure)
    return spread(values).median if values else 0.0
