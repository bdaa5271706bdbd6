"""Which dead letters a person means: by id, or all of a task or a schedule."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace

from rota import conf
from rota.exceptions import InvalidInput
from rota.management import several
from rota.management.output import Output
from rota.queries import runs, schedules
from rota.queries.words import several as counted


def arguments(parser: ArgumentParser) -> None:
    """Ids, or --all with a task or a schedule."""
    several.several_runs(parser)
    parser.add_argument("--all", action="store_true", help="All failed runs that wait for a decision.")
    parser.add_argument("--task", default="", help="With --all: only of this task.")
    parser.add_argument("--schedule", default="", metavar="KEY", help="With --all: only of this schedule.")
    several.confirmable(parser)


def meant(options: Namespace, verb: str, out: Output) -> list[uuid.UUID]:
    """Their ids, once a person agreed when there are many; empty when they did not, or for a dry run."""
    if options.runs and options.all:
        raise InvalidInput("Expected runs or --all, got both.")
    ids = _all(options) if options.all else several.named(options)
    if not options.all:
        several.need_some(ids, f"manage.py rota {verb} RUN, or --all")
    question = f"{verb.capitalize()} {counted(len(ids), 'run')}?"
    if options.dry_run:
        return _tell(ids, verb, out)
    return ids if not options.all or not ids or several.agreed(question, options, out) else []


def _all(options: Namespace) -> list[uuid.UUID]:
    using = conf.current().DATABASE
    key = schedules.find(options.schedule, using=using).key if options.schedule else ""
    return [one.pk for one in runs.dead_letters(using=using, task=options.task, schedule=key)]


def _tell(ids: list[uuid.UUID], verb: str, out: Output) -> list[uuid.UUID]:
    if not out.json:
        out.line(f"Would {verb} {counted(len(ids), 'run')}" + (":" if ids else "."))
        for one in ids:
            out.line(f"  {one}")
    return []
