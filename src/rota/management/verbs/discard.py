"""`rota discard RUN…`: leave dead letters as they are."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import letters, parsing, several
from rota.management.output import Output

HELP = "Decide that failed runs are not run again. They stay in the ledger, and no longer wait for anybody."


def arguments(parser: ArgumentParser) -> None:
    """Which runs, and why."""
    letters.arguments(parser)
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when one of them was refused."""
    actor = parsing.actor(options)

    def discard(run_id: uuid.UUID) -> str:
        return f"Discarded {actions.discard(run_id, actor, options.reason).pk}."

    return several.each(letters.meant(options, "discard", out), discard, out)
