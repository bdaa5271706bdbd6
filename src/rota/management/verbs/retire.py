"""`rota retire KEY`: end a schedule that the database owns."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import parsing
from rota.management.output import Output

HELP = "Retire a schedule that the database owns. Its history stays; create takes it up again."


def arguments(parser: ArgumentParser) -> None:
    """Which one, and why."""
    parser.add_argument("key", metavar="KEY")
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 for one that code owns."""
    row = actions.retire_schedule(options.key, parsing.actor(options), reason=options.reason)
    if out.json:
        out.data({"key": row.key, "retired_at": row.retired_at})
    else:
        out.line(f"Retired {row.key}. Its history stays.")
    return 0
