"""`rota prune`: remove old history."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import parsing
from rota.management.output import Output
from rota.queries.words import several

HELP = "Remove runs that ended long ago. Totals stay true; dead letters nobody has decided about stay."


def arguments(parser: ArgumentParser) -> None:
    """How old."""
    parser.add_argument(
        "--older-than", default="", metavar="SPAN", help="Such as 30d (default: KEEP_FINISHED)."
    )
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """How many went."""
    older_than = parsing.span(options.older_than) if options.older_than else None
    pruned = actions.prune(parsing.actor(options), older_than=older_than, reason=options.reason)
    if out.json:
        out.data({"rows": pruned.rows, "instants": pruned.instants, "marks": pruned.marks})
    else:
        out.line(
            f"Removed {several(pruned.rows, 'row')} ({several(pruned.instants, 'instant')}). Totals keep them."
        )
    return 0
