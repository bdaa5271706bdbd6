"""`rota show RUN`: one run with its attempts, log and errors."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.management.output import Output
from rota.management.telling import tell_run
from rota.queries import runs
from rota.queries.waiting import waits

HELP = "Show one run: arguments, times, what it waits for, attempts, log, error."


def arguments(parser: ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run", metavar="RUN", help="A run's id, or enough of its beginning.")


def run(options: Namespace, out: Output) -> int:
    """Everything the ledger knows of it."""
    using = conf.current().DATABASE
    found = runs.detail(runs.find(options.run, using=using).pk, using=using)
    tell_run(found, out, waits(found.run, using=using, now=clock.now(using)))
    return 0
