"""Release or drop held runs: by id, or all of a schedule."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from rota import conf
from rota.actions import Actor
from rota.exceptions import InvalidInput
from rota.management import parsing, several
from rota.management.output import Output
from rota.queries import runs, schedules
from rota.queries.words import several as counted


def arguments(parser: ArgumentParser) -> None:
    """Ids, or --all with a schedule."""
    several.several_runs(parser)
    parser.add_argument("--all", default="", metavar="KEY", help="All held runs of this schedule.")
    several.confirmable(parser)
    parsing.accountable(parser)


def decide(
    options: Namespace,
    out: Output,
    verb: str,
    done: str,
    action: Callable[[Sequence[uuid.UUID], Actor, str], int],
) -> int:
    """Exit 4 when none of them is held any more."""
    ids = _meant(options, verb)
    if options.dry_run:
        out.line(f"Would {verb} {counted(len(ids), 'held run')}.")
        return 0
    if options.all and not several.agreed(
        f"{verb.capitalize()} {counted(len(ids), 'held run')}?", options, out
    ):
        return 0
    number = action(ids, parsing.actor(options), options.reason)
    if out.json:
        out.data({"decided": number, "of": len(ids)})
    else:
        out.line(f"{done} {counted(number, 'run')}.")
    return 0


def _meant(options: Namespace, verb: str) -> list[uuid.UUID]:
    if options.runs and options.all:
        raise InvalidInput("Expected runs or --all KEY, got both.")
    if not options.all:
        ids = several.named(options)
        several.need_some(ids, f"manage.py rota {verb} RUN, or --all KEY")
        return ids
    using = conf.current().DATABASE
    key = schedules.find(options.all, using=using).key
    ids = [one.pk for one in runs.held(using=using, schedule=key)]
    several.need_some(ids, f"none of {key} is held.")
    return ids
