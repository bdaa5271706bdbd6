"""`rota retry RUN…`: run dead letters again."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace

from rota import actions
from rota.management import letters, parsing, several
from rota.management.output import Output

HELP = "Run failed or cancelled runs again, each as a new run with the same arguments."


def arguments(parser: ArgumentParser) -> None:
    """Which runs, and why."""
    letters.arguments(parser)
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Exit 4 when one of them was refused."""
    actor = parsing.actor(options)

    def retry(run_id: uuid.UUID) -> str:
        receipt = actions.retry(run_id, actor, options.reason)
        return f"Queued  {receipt.run_id}  {receipt.key or receipt.task_path}  in place of {run_id}"

    return several.each(letters.meant(options, "retry", out), retry, out)
