"""`rota cancel RUN…`: stop runs that wait or run."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import parsing, several
from rota.management.output import Output
from rota.models import State

HELP = "Cancel runs: at once when they wait, by asking their worker when they run."


def arguments(parser: ArgumentParser) -> None:
    """Which runs, and why."""
    several.several_runs(parser)
    parser.add_argument(
        "--attempt", type=int, default=None, metavar="N", help="Only while this attempt runs or is next."
    )
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when one of them had ended."""
    ids, actor = several.named(options), parsing.actor(options)
    several.need_some(ids, "manage.py rota cancel RUN")

    def cancel(run_id: uuid.UUID) -> str:
        found = actions.cancel(run_id, actor, options.reason, options.attempt)
        asked = f"Asked the worker of {run_id} to stop attempt {found.cancel_attempt}."
        return f"Cancelled {run_id}." if found.state == State.CANCELLED else asked

    return several.each(ids, cancel, out)
