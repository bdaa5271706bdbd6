"""`rota resume KEY`: end a pause."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions, clock, conf
from rota.management import parsing
from rota.management.output import Output
from rota.queries import calendars

HELP = "Resume a paused schedule. What fell into the pause stays skipped."


def arguments(parser: ArgumentParser) -> None:
    """Which schedule."""
    parser.add_argument("name", metavar="KEY")
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Say when it is next due."""
    row = actions.resume(options.name, parsing.actor(options), options.reason)
    now = clock.now(conf.current().DATABASE)
    upcoming = next(iter(calendars.upcoming(row, now)), None)
    if out.json:
        out.data({"key": row.key, "next": upcoming})
    else:
        out.line(f"Resumed {row.key}. Next: {out.ahead(upcoming, now) or 'none'}.")
    return 0
