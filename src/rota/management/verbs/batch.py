"""`rota batch [BATCH]`: runs that belong together."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from rota import conf
from rota.exceptions import InvalidInput
from rota.management.output import Output
from rota.models import Batch
from rota.queries import batches
from rota.queries.batches import Progress

HELP = "Show a batch: how its runs stand and what follows; without an id, list the newest batches."
MOST = 10_000


def arguments(parser: ArgumentParser) -> None:
    """Which batch."""
    parser.add_argument(
        "batch", nargs="?", default="", metavar="BATCH", help="A batch's id, or its beginning."
    )
    parser.add_argument("-n", type=int, default=20, metavar="N", help="Without an id: how many (default 20).")


def run(options: Namespace, out: Output) -> int:
    """One, or the newest."""
    using = conf.current().DATABASE
    if not options.batch:
        if not 1 <= options.n <= MOST:
            raise InvalidInput(f"-n: expected a number from 1 to {MOST}, got {options.n}.")
        _list(batches.newest(using=using, limit=options.n), out)
        return 0
    found = batches.find(options.batch, using=using)
    _show(found, batches.progress(found.pk, using=using), out)
    return 0


def _list(found: list[tuple[Batch, Progress]], out: Output) -> None:
    if out.json:
        out.data([_facts(row, progress) for row, progress in found])
    elif not found:
        out.line("There are no batches.")
    else:
        out.table(("BATCH", "NAME", "CREATED", "FINISHED", "ENDED", "SUCCESSFUL"), [
            (str(row.pk), row.name, out.time(row.created_at), out.time(row.finished_at),
             f"{progress.ended:,} of {progress.total:,}", f"{progress.successful:,}")
            for row, progress in found
        ])  # fmt: skip


def _show(row: Batch, progress: Progress, out: Output) -> None:
    if out.json:
        out.data(_facts(row, progress))
        return
    out.pairs({
        "Batch": str(row.pk),
        "Name": row.name,
        "Created": out.time(row.created_at),
        "Finished": out.time(row.finished_at) or "not yet",
        "Ended": f"{progress.ended:,} of {progress.total:,}",
        **{state.capitalize(): f"{number:,}" for state, number in sorted(progress.counts.items())},
        "Follows": ", ".join(f"{each['order']['task_path']} ({each['on']})" for each in row.then),
    })  # fmt: skip
    out.line(f"Its runs: manage.py rota runs --batch {row.pk}")


def _facts(row: Batch, progress: Progress) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "created_at": row.created_at, "finished_at": row.finished_at,
        "total": progress.total, "ended": progress.ended, "counts": progress.counts,
        "then": [{"on": each["on"], "task": each["order"]["task_path"]} for each in row.then],
    }  # fmt: skip
