"""Do one thing to several runs, and say for each what became of it."""

from __future__ import annotations

import sys
import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence

from rota import conf
from rota.exceptions import InvalidInput, Refused
from rota.management.exits import Exit
from rota.management.output import Output
from rota.queries import runs


def several_runs(parser: ArgumentParser) -> None:
    """The runs to act on, by id."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="Ids, or enough of their beginning.")


def confirmable(parser: ArgumentParser) -> None:
    """For what is done to many at once."""
    parser.add_argument("--dry-run", action="store_true", help="Say which, and do nothing.")
    parser.add_argument("--yes", action="store_true", help="Do not ask.")


def named(options: Namespace) -> list[uuid.UUID]:
    """The ids of the runs that were named. Raises UnknownName before anything is done to any of them."""
    using = conf.current().DATABASE
    return [runs.find(text, using=using).pk for text in options.runs]


def agreed(question: str, options: Namespace, out: Output) -> bool:
    """Ask a person. Raises InvalidInput where there is nobody to ask and --yes was not given."""
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} Nobody can be asked here: add --yes, or --dry-run to look first.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def each(ids: Iterable[uuid.UUID], act: Callable[[uuid.UUID], str], out: Output) -> int:
    """Act on one after another; a refusal does not stop the rest. Exit 4 when any was refused."""
    told, code = [], Exit.FINE
    for run_id in ids:
        try:
            done, ok = act(run_id), True
        except Refused as error:
            done, ok, code = str(error), False, Exit.REFUSED
        told.append({"run": run_id, "ok": ok, "result": done})
        if not out.json:
            (out.line if ok else out.warn)(done)
    if out.json:
        out.data(told)
    return code


def need_some(ids: Sequence[uuid.UUID], hint: str) -> None:
    """Raises InvalidInput when no run was named."""
    if not ids:
        raise InvalidInput(f"Expected at least one run: {hint}")
