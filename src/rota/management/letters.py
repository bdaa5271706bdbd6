"""Dead letters: which of them a person means, by id or by what they have in common; and how they are shown."""

from __future__ import annotations

import uuid
from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.exceptions import InvalidInput
from rota.management import parsing, several
from rota.management.output import Output
from rota.management.telling import run_facts
from rota.models import Attempt, Run
from rota.queries import dead, schedules
from rota.queries.dead import Letters
from rota.queries.words import several as counted

MOST = 10_000


def arguments(parser: ArgumentParser) -> None:
    """Ids, or --all with a task or a schedule."""
    several.several_runs(parser)
    parser.add_argument("--all", action="store_true", help="All failed runs that wait for a decision.")
    parser.add_argument("--task", default="", help="With --all: only of this task.")
    parser.add_argument("--schedule", default="", metavar="KEY", help="With --all: only of this schedule.")
    several.confirmable(parser)


def filters(parser: ArgumentParser) -> None:
    """What they have in common."""
    parser.add_argument("--task", default="", help="A task's path, or the last part of it.")
    parser.add_argument(
        "--error", default="", metavar="CLASS", help="The exception's class, or the last part of it."
    )
    parser.add_argument("--queue", default="")
    parser.add_argument("--schedule", default="", metavar="KEY")
    parser.add_argument(
        "--since", default="", metavar="TIME", help="Failed at that time or later; or a span such as 24h."
    )
    parser.add_argument("--until", default="", metavar="TIME", help="Failed at that time or earlier.")


def meant_by(options: Namespace) -> Letters:
    """The dead letters that these options mean; those that a verb does not have are not given. Raises InvalidInput."""
    using = conf.current().DATABASE
    given = {
        name: getattr(options, name, "") for name in ("task", "error", "queue", "schedule", "since", "until")
    }
    now = clock.now(using)
    times = {
        name: parsing.moment(given[name], now, ahead=False) for name in ("since", "until") if given[name]
    }
    return Letters(
        task=given["task"],
        error=given["error"],
        queue=given["queue"],
        schedule=schedules.find(given["schedule"], using=using).key if given["schedule"] else "",
        **times,
    )


def none(asked: Letters) -> str:
    """The sentence for when there are none: whoever named a filter is not told that nothing waits."""
    return (
        "No failed runs that wait for a decision match."
        if asked.to_json()
        else "No failed runs wait for a decision."
    )


def meant(options: Namespace, verb: str, out: Output) -> list[uuid.UUID]:
    """Their ids, once a person agreed when there are many; empty when they did not, or for a dry run."""
    if options.runs and options.all:
        raise InvalidInput("Expected runs or --all, got both.")
    ids = _all(options) if options.all else several.named(options)
    if not options.all:
        several.need_some(ids, f"manage.py rota {verb} RUN, or --all")
    question = f"{verb.capitalize()} {counted(len(ids), 'run')}?"
    if options.dry_run:
        return _tell_ids(ids, verb, out)
    if not ids and not out.json:
        out.line(none(meant_by(options)))
    return ids if not options.all or not ids or several.agreed(question, options, out) else []


def tell(found: list[Run], asked: Letters, out: Output) -> None:
    """A table with the last error of each, or a JSON list."""
    if out.json:
        out.data([{**run_facts(one), "error": _error(one)} for one in found])
    elif not found:
        out.line(none(asked))
    else:
        heads = ("RUN", "SCHEDULE OR TASK", "FAILED", "ATTEMPT", "ERROR")
        out.table(heads, [
            (str(one.pk), one.schedule.key if one.schedule else one.task_path, out.time(one.finished_at),
             f"{one.attempt_count} of {one.max_attempts}", _error(one)[:120])
            for one in found
        ])  # fmt: skip
        out.line("Run again: manage.py rota retry RUN   Leave as they are: manage.py rota discard RUN")


def _all(options: Namespace) -> list[uuid.UUID]:
    return [one.pk for one in dead.newest(meant_by(options), using=conf.current().DATABASE)]


def _tell_ids(ids: list[uuid.UUID], verb: str, out: Output) -> list[uuid.UUID]:
    if not out.json:
        out.line(f"Would {verb} {counted(len(ids), 'run')}" + (":" if ids else "."))
        for one in ids:
            out.line(f"  {one}")
    return []


def _error(run: Run) -> str:
    last: Attempt | None = max(run.attempts.all(), key=lambda one: one.number, default=None)
    if last is None:
        return run.detail
    return f"{last.error_class}: {last.error}" if last.error_class else last.error or last.outcome
