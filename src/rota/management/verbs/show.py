"""`rota show RUN`: one run with its attempts, log and errors."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import conf
from rota.management.output import Output
from rota.management.telling import tell_run
from rota.queries import runs

HELP = "Show one run: arguments, times, attempts, log, error."


def arguments(parser: ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run", metavar="RUN", help="A run's id, or enough of its beginning.")


def run(options: Namespace, out: Output) -> int:
    """Everything the ledger knows of it."""
    using = conf.current().DATABASE
    tell_run(runs.detail(runs.find(options.run, using=using).pk, using=using), out)
    return 0
