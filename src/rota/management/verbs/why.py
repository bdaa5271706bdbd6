"""`rota why KEY`: why a schedule does not run."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.management.output import Output
from rota.queries import schedules

HELP = "Say in one sentence why a schedule has not run, or what it waits for."


def arguments(parser: ArgumentParser) -> None:
    """Which schedule."""
    parser.add_argument("name", metavar="KEY")


def run(options: Namespace, out: Output) -> int:
    """How it stands, and why."""
    using = conf.current().DATABASE
    now, schedule = clock.now(using), schedules.find(options.name, using=using)
    why = schedules.why(schedule, now, using=using)
    stands = schedules.row(schedule, now, using=using).standing
    if out.json:
        out.data({"key": schedule.key, "status": stands.kind, "status_detail": stands.detail, "why": why})
    else:
        out.line(f"{schedule.key}: {stands.word} {stands.detail}".strip())
        out.line(why)
    return 0
