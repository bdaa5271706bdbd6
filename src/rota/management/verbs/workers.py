"""`rota workers`: who is alive."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.management.exits import Exit
from rota.management.output import Output
from rota.models import Process
from rota.queries import processes
from rota.queries.words import coarse, relative

HELP = "List live supervisors, schedulers and workers. Exit 69 when nothing is alive."


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(options: Namespace, out: Output) -> int:
    """Supervisors first."""
    using = conf.current().DATABASE
    now = clock.now(using)
    alive = processes.alive(now, using=using)
    rows = [*alive.supervisors, *alive.schedulers, *alive.workers]
    if out.json:
        out.data([
            {"id": one.pk, "kind": one.kind, "host": one.host, "pid": one.pid, "queues": one.queues,
             "slots": one.slots, "mode": one.mode, "memory": one.memory, "started_at": one.started_at,
             "seen_at": alive.beats[one.pk], "unknown_tasks": one.unknown, "code_version": one.code_version}
            for one in rows
        ])  # fmt: skip
    elif not rows:
        out.line("Nothing is alive: no run will begin. Start with: manage.py rota run")
    else:
        heads = ("PROCESS", "KIND", "QUEUES", "SLOTS", "MEMORY", "UP", "SEEN", "UNKNOWN TASKS")
        out.table(heads, [
            (f"{one.host}:{one.pid}", one.kind, ", ".join(one.queues) or "all" if one.kind == "worker" else "",
             _slots(one), _memory(one), coarse((now - one.started_at).total_seconds()),
             relative(alive.beats[one.pk], now), ", ".join(one.unknown))
            for one in rows
        ])  # fmt: skip
    return Exit.FINE if rows else Exit.NOTHING_ALIVE


def _slots(one: Process) -> str:
    """'8 threads', '50 asyncio', or 1."""
    return f"{one.slots} {one.mode or ''}".rstrip() if one.kind == "worker" else ""


def _memory(one: Process) -> str:
    return "" if one.memory is None else f"{one.memory / 1024**2:.0f} MB"
