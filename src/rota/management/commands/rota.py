"""`manage.py rota VERB`: every verb is a module of `rota.management.verbs`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import DatabaseError, connections

from rota import conf
from rota.exceptions import InvalidInput, Refused, UnknownName, did_you_mean, nearest
from rota.management.catalogue import VERBS, Verb
from rota.management.exits import Exit
from rota.management.output import Output

TABLE = "rota_run"


class Command(BaseCommand):
    """Run, look at and steer rota."""

    help = "Scheduled and background tasks: run them, look at them, steer them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-parser per verb; Django's own options are understood on both sides of the verb."""
        parsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, verb in VERBS.items():
            one = parsers.add_parser(name, help=verb.HELP, description=verb.HELP)
            one.add_argument("--json", action="store_true", help="Answer with JSON; times are UTC.")
            one.add_argument("--utc", action="store_true", help="Show times in UTC, not in TIME_ZONE.")
            _understand_django(one)
            verb.arguments(one)

    def run_from_argv(self, argv: list[str]) -> None:
        """Name the nearest verb when there is none of that name."""
        if len(argv) > 2 and not argv[2].startswith("-") and argv[2] not in VERBS:
            hint = did_you_mean(nearest(argv[2], VERBS))
            self.stderr.write(f"There is no verb {argv[2]!r}: expected one of {', '.join(VERBS)}.{hint}")
            sys.exit(Exit.USAGE)
        super().run_from_argv(argv)

    def handle(self, *_: Any, **options: Any) -> None:
        """Call the verb; what it refuses becomes one line on stderr and an exit code."""
        verb = VERBS[options["verb"]]
        style = no_style() if "NO_COLOR" in os.environ and not options["force_color"] else self.style
        out = Output(self.stdout, self.stderr, style, json=options["json"], utc=options["utc"])
        try:
            code = verb.run(argparse.Namespace(**options), out)
        except (InvalidInput, Refused, ImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=_code(error, verb)) from error
        except DatabaseError as error:
            _raise_about_the_database(error)
        if code:
            sys.exit(int(code))


def _understand_django(parser: argparse.ArgumentParser) -> None:
    for flag in ("--traceback", "--no-color", "--force-color"):
        parser.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for option in ("--settings", "--pythonpath"):
        parser.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _code(error: Exception, verb: Verb) -> Exit:
    if verb is VERBS["run"] or isinstance(error, ImproperlyConfigured):
        return Exit.MISCONFIGURED
    if isinstance(error, UnknownName):
        return Exit.NOT_FOUND
    return Exit.REFUSED if isinstance(error, Refused) else Exit.USAGE


def _raise_about_the_database(error: DatabaseError) -> NoReturn:
    using = conf.current().DATABASE
    try:
        there = TABLE in connections[using].introspection.table_names()
    except DatabaseError:
        there = True
    if not there:
        message = f"The database {using!r} has no tables of rota. Make them with: manage.py migrate"
        raise CommandError(message, returncode=Exit.MISCONFIGURED) from error
    raise CommandError(
        f"The database {using!r} cannot be used: {error}", returncode=Exit.TRY_AGAIN
    ) from error
