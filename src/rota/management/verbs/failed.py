"""`rota failed`: dead letters that wait for a decision."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import conf
from rota.management.output import Output
from rota.management.telling import run_facts
from rota.models import Attempt, Run
from rota.queries import runs, schedules

HELP = "List failed runs that wait for a decision: run again (retry) or leave (discard)."


def arguments(parser: ArgumentParser) -> None:
    """Which of them."""
    parser.add_argument("--task", default="", help="A task's path, or the last part of it.")
    parser.add_argument("--schedule", default="", metavar="KEY")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="How many (default 50).")


def run(options: Namespace, out: Output) -> int:
    """Newest first, with the last error of each."""
    using = conf.current().DATABASE
    key = schedules.find(options.schedule, using=using).key if options.schedule else ""
    found = runs.dead_letters(using=using, task=options.task, schedule=key, limit=max(1, options.n))
    if out.json:
        out.data([{**run_facts(one), "error": _error(one)} for one in found])
    elif not found:
        out.line("No failed runs wait for a decision.")
    else:
        heads = ("RUN", "SCHEDULE OR TASK", "FAILED", "ATTEMPT", "ERROR")
        out.table(heads, [
            (str(one.pk), one.schedule.key if one.schedule else one.task_path, out.time(one.finished_at),
             f"{one.attempt_count} of {one.max_attempts}", _error(one)[:120])
            for one in found
        ])  # fmt: skip
        out.line("Run again: manage.py rota retry RUN   Leave as they are: manage.py rota discard RUN")
    return 0


def _error(run: Run) -> str:
    last: Attempt | None = max(run.attempts.all(), key=lambda one: one.number, default=None)
    if last is None:
        return run.detail
    return f"{last.error_class}: {last.error}" if last.error_class else last.error or last.outcome
