"""`rota create KEY`: a schedule that the database owns."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions
from rota.exceptions import InvalidInput
from rota.management import defining, parsing
from rota.management.output import Output

HELP = "Create a schedule that the database owns."


def arguments(parser: ArgumentParser) -> None:
    """Its key, its calendar, its task, its policies."""
    parser.add_argument("key", metavar="KEY")
    parser.add_argument(
        "--calendar", required=True, help="Such as '0 8 * * * Europe/Madrid' or 'every 5 minutes'."
    )
    defining.arguments(parser)
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Running schedulers take it up within a second."""
    given = defining.options_of(options)
    target = given.pop("task", None)
    if target is None:
        raise InvalidInput("Expected --task PATH or --command NAME, got neither.")
    actor = parsing.actor(options)
    row = actions.create_schedule(
        options.key, options.calendar, target, actor, reason=options.reason, **given
    )
    return defining.tell_change(row, "Created", out)
