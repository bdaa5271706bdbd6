"""`rota held`: runs that wait for a person's decision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import conf
from rota.management.output import Output
from rota.management.telling import tell_runs
from rota.queries import runs, schedules

HELP = "List held runs: they fell into an outage, and their schedule asks a person (release or drop)."


def arguments(parser: ArgumentParser) -> None:
    """Of which schedule."""
    parser.add_argument("name", nargs="?", default="", metavar="KEY")


def run(options: Namespace, out: Output) -> int:
    """By schedule and instant."""
    using = conf.current().DATABASE
    key = schedules.find(options.name, using=using).key if options.name else ""
    found = runs.held(using=using, schedule=key)
    if found or out.json:
        tell_runs(found, out, with_reason=False)
    else:
        out.line("No runs are held.")
    return 0
