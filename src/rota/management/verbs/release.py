"""`rota release RUN…`: decide about held runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import holding
from rota.management.output import Output

HELP = "Let held runs run, one after another."


def arguments(parser: ArgumentParser) -> None:
    """Which of them, and why."""
    holding.arguments(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when none of them is held any more."""
    return holding.decide(options, out, "release", "Released", actions.release_held)
