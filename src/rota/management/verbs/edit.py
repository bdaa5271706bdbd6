"""`rota edit KEY`: change a schedule that the database owns."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace

from rota import actions
from rota.exceptions import InvalidInput
from rota.management import defining, parsing
from rota.management.output import Output

HELP = "Change a schedule that the database owns. What is due already stays as it is."


def arguments(parser: ArgumentParser) -> None:
    """Its key, and what changes."""
    parser.add_argument("key", metavar="KEY")
    parser.add_argument("--calendar", default=SUPPRESS, help="Such as '0 8 * * * Europe/Madrid'.")
    defining.arguments(parser)
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 for one that code owns."""
    given = defining.options_of(options)
    if "calendar" in options:
        given["calendar"] = options.calendar
    if not given:
        raise InvalidInput("Expected something to change, such as --calendar; got nothing.")
    row = actions.change_schedule(options.key, parsing.actor(options), reason=options.reason, **given)
    return defining.tell_change(row, "Changed", out)
