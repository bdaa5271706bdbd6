"""`rota accept-clock`: planning goes on after a halt."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import parsing
from rota.management.output import Output

HELP = "Say that the database's time is right, so that planning goes on after the clock jumped."


def arguments(parser: ArgumentParser) -> None:
    """Who says so, and why."""
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when planning is not halted."""
    accepted = actions.accept_clock(parsing.actor(options), options.reason)
    if out.json:
        out.data({"accepted": accepted})
    else:
        out.line(f"Accepted: it is {out.time(accepted)} ({out.zone}). Planning goes on.")
    return 0
