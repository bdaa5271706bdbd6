"""`rota log RUN`: what a run has logged, also while it runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import conf
from rota.exceptions import InvalidInput
from rota.management import following
from rota.management.output import Output
from rota.management.telling import attempt_facts, shown_facts
from rota.queries import runs

HELP = "Show the log of a run; --follow goes on until it has ended."


def arguments(parser: ArgumentParser) -> None:
    """Which run, and whether to stay."""
    parser.add_argument("run", metavar="RUN", help="A run's id, or enough of its beginning.")
    parser.add_argument(
        "-f", "--follow", action="store_true",
        help="Print what comes until the run has ended; the exit code says how. Progress goes to stderr.",
    )  # fmt: skip


def run(options: Namespace, out: Output) -> int:
    """The logs of all attempts, oldest first."""
    if options.follow and out.json:
        raise InvalidInput("--follow prints lines as they come: expected it without --json.")
    using = conf.current().DATABASE
    run_id = runs.find(options.run, using=using).pk
    if options.follow:
        return following.follow(run_id, out)
    found = runs.detail(run_id, using=using)
    if out.json:
        attempts = [attempt_facts(one) for one in found.attempts]
        names = ("number", "outcome", "started_at", "finished_at", "progress", "log")
        told = [{name: one[name] for name in names} for one in attempts]
        out.data({"id": run_id, "state": found.run.state, "attempts": told, "shown": shown_facts(found)})
    else:
        following.Told().tell(found, out)
    return 0
