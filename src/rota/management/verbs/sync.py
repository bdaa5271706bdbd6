"""`rota sync`: make the code-owned schedules say what the code says."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from rota import actions
from rota.management.exits import Exit
from rota.management.output import Output
from rota.schedules.sync import Changes

HELP = (
    "Make the code-owned schedules in the database say what the code says. `rota run` does it at its start."
)
SIGNS = {"added": "+", "changed": "~", "retired": "-", "revived": "+"}


def arguments(parser: ArgumentParser) -> None:
    """Look only?"""
    parser.add_argument(
        "--check", action="store_true", help="Change nothing; exit 1 when something would change."
    )


def run(options: Namespace, out: Output) -> int:
    """What changed, one line each; what could not be done goes to stderr (exit 1)."""
    changes = actions.sync(check=options.check)
    if out.json:
        out.data(asdict(changes))
    else:
        _tell(changes, out)
    return Exit.FAILED if changes.problems or (options.check and not changes.nothing) else Exit.FINE


def _tell(changes: Changes, out: Output) -> None:
    for what, sign in SIGNS.items():
        for key in getattr(changes, what):
            out.line(f"{sign} {key} {what}")
    if changes.nothing:
        out.line("Nothing to change: the database says what the code says.")
    for problem in changes.problems:
        out.warn(problem)
