"""`rota runs`: search the ledger."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.exceptions import InvalidInput
from rota.management import parsing
from rota.management.output import Output
from rota.management.telling import tell_runs
from rota.queries import batches, runs, schedules

HELP = "List runs, newest first."
MOST = 10_000


def arguments(parser: ArgumentParser) -> None:
    """What to look for."""
    parser.add_argument(
        "--state", default="", help="READY, RUNNING, SUCCESSFUL, FAILED, CANCELLED, HELD, SKIPPED, MISSED."
    )
    parser.add_argument("--task", default="", help="A task's path, or the last part of it.")
    parser.add_argument("--schedule", default="", metavar="KEY")
    parser.add_argument("--queue", default="")
    parser.add_argument("--batch", default="", help="A batch's id, or its beginning.")
    parser.add_argument("--since", default="", metavar="TIME", help="A time, or a span such as 24h.")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="How many (default 20).")


def run(options: Namespace, out: Output) -> int:
    """Newest first."""
    if not 1 <= options.n <= MOST:
        raise InvalidInput(f"-n: expected a number from 1 to {MOST}, got {options.n}.")
    using = conf.current().DATABASE
    found = runs.search(
        using=using,
        state=options.state,
        task=options.task,
        schedule=schedules.find(options.schedule, using=using).key if options.schedule else "",
        queue=options.queue,
        batch=batches.find(options.batch, using=using).pk if options.batch else None,
        since=parsing.moment(options.since, clock.now(using), ahead=False) if options.since else None,
        limit=options.n,
    )
    if found or out.json:
        tell_runs(found, out)
    else:
        out.line("No run matches.")
    return 0
