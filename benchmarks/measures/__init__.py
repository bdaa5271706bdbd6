"""Every measure: what it shows and of whom. Its module is `benchmarks.measures.<name>`, with one function `measure`."""

from __future__ import annotations

import dataclasses

from benchmarks.figures import Kind
from benchmarks.systems import System


@dataclasses.dataclass(frozen=True)
class Measure:
    """One question. `alone`: it is asked of rota only; `own_rounds`: it repeats by itself, in one round."""

    name: str
    kinds: dict[str, Kind]
    alone: bool = False
    anybody: bool = False
    """With `alone`: peers can be asked too, and are when they are named."""
    schedules: str = ""
    """What `benchmarks.schedules` declares for it; names of sizes stand in braces."""
    own_rounds: bool = False

    def applies(self, system: System, *, named: bool = False) -> bool:
        """Whether `system` is asked; `named` when somebody asked for it."""
        if self.name == "many":
            return system.many
        return system.family == "rota" or not self.alone or (self.anybody and named)


def _measures() -> tuple[Measure, ...]:
    return (
        Measure("throughput", {"tasks": Kind("tasks", "/s")}),
        Measure(
            "latency",
            {
                "latency50": Kind("idle latency, p50", "ms", less_is_better=True),
                "latency99": Kind("idle latency, p99", "ms", less_is_better=True),
            },
        ),
        Measure(
            "enqueue",
            {
                "enqueue50": Kind("one enqueue, p50", "ms", less_is_better=True),
                "enqueue99": Kind("one enqueue, p99", "ms", less_is_better=True),
            },
        ),
        Measure("many", {"many": Kind("enqueued at once", "/s")}),
        Measure(
            "idle",
            {
                "idle_cpu": Kind("idle: CPU", "s/min", less_is_better=True),
                "idle_queries": Kind("idle: transactions", "/s", less_is_better=True),
                "idle_pss": Kind("idle: memory (PSS)", "MiB", less_is_better=True),
            },
            alone=True,
            anybody=True,
            schedules="idle:1:86400",
        ),
        Measure("io_bound", {"io_share": Kind("10 ms of I/O, 20 slots: of what the slots allow", "%")}, alone=True),
        Measure(
            "planning",
            {
                "planned": Kind("schedules due at once, planned", "/s"),
                "planned_first": Kind("the first of them written after", "ms", less_is_better=True),
            },
            alone=True,
            schedules="planned:{schedules}:{period}",
        ),
        Measure(
            "punctuality",
            {
                "late50": Kind("one-second schedule, instant to first line, p50", "ms", less_is_better=True),
                "late99": Kind("one-second schedule, instant to first line, p99", "ms", less_is_better=True),
                "instants_missed": Kind("one-second schedule, instants missed", "", less_is_better=True),
            },
            alone=True,
            schedules="punctual:1:1",
        ),
        Measure(
            "run_now",
            {
                "run_now50": Kind("Run Now over HTTP beside a backlog, no worker, p50", "ms", less_is_better=True),
                "run_now99": Kind("Run Now over HTTP beside a backlog, no worker, p99", "ms", less_is_better=True),
            },
            alone=True,
            schedules="idle:1:86400",
        ),
        Measure(
            "history",
            {
                "history_tasks": Kind("full of history: tasks, of those without", "%"),
                "history_enqueue": Kind("full of history: one enqueue p50, of that without", "%", less_is_better=True),
                "history_many": Kind("full of history: enqueued at once, of that without", "%"),
            },
            alone=True,
            own_rounds=True,
        ),
    )  # fmt: skip


MEASURES = {measure.name: measure for measure in _measures()}
KINDS = {name: kind for measure in MEASURES.values() for name, kind in measure.kinds.items()}
