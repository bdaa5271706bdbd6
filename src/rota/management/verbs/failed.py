"""`rota failed`: dead letters that wait for a decision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import conf
from rota.exceptions import InvalidInput
from rota.management import letters
from rota.management.output import Output
from rota.queries import dead

HELP = "List failed runs that wait for a decision: run again (retry) or leave (discard)."


def arguments(parser: ArgumentParser) -> None:
    """Which of them."""
    parser.add_argument("--task", default="", help="A task's path, or the last part of it.")
    parser.add_argument("--schedule", default="", metavar="KEY")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="How many (default 50).")


def run(options: Namespace, out: Output) -> int:
    """Newest first, with the last error of each."""
    if not 1 <= options.n <= letters.MOST:
        raise InvalidInput(f"-n: expected a number from 1 to {letters.MOST}, got {options.n}.")
    asked = letters.meant_by(options)
    letters.tell(dead.newest(asked, using=conf.current().DATABASE, limit=options.n), asked, out)
    return 0
