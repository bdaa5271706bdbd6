"""`rota schedules`: every schedule, how it stands, and when it is next due."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from rota import clock, conf
from rota.exceptions import UnknownName, nearest
from rota.management.output import Cell, Output
from rota.models import State
from rota.queries import outage, schedules
from rota.queries.schedules import Row
from rota.queries.words import duration, relative, several

HELP = "List the schedules: status, calendar, last run, next run, total runs, owner."


def arguments(parser: ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("--category", default="", help="Only this category.")
    parser.add_argument("--all", action="store_true", help="The retired ones too.")


def run(options: Namespace, out: Output) -> int:
    """By category and key."""
    using = conf.current().DATABASE
    now = clock.now(using)
    found = schedules.overview(now, using=using, retired=options.all)
    if options.category:
        found = _in_category(found, options.category)
    if out.json:
        out.data([facts(row) for row in found])
        return 0
    if not found:
        out.line("No schedules yet. Those declared in code appear after: manage.py rota sync")
        return 0
    heads = ("SCHEDULE", "STATUS", "CALENDAR", "LAST RUN", "NEXT RUN", "RUNS", "OWNER")
    out.table(heads, [_cells(row, now, out) for row in found])
    _tell_outage(now, using, out)
    return 0


def _in_category(rows: list[Row], category: str) -> list[Row]:
    found = [row for row in rows if row.category.lower() == category.lower()]
    if not found:
        raise UnknownName(
            f"There is no category {category!r}.", nearest(category, {row.category for row in rows})
        )
    return found


def _cells(row: Row, now: Any, out: Output) -> list[Cell | str]:
    stands, last = row.standing, row.last_run
    word = f"{stands.word} {stands.detail}".strip()
    seen = (last.finished_at or last.started_at or last.enqueued_at) if last else None
    took = (
        f", {duration(last.seconds)}"
        if last and last.state == State.SUCCESSFUL and last.seconds is not None
        else ""
    )
    upcoming = "manual only" if row.manual_only else out.ahead(row.next_run, now) or "none"
    return [
        row.key,
        out.mark(stands.kind, word),
        row.calendar,
        f"{relative(seen, now)}{took}" if seen else "never",
        upcoming,
        f"{row.totals.runs:,}",
        row.owner,
    ]


def _tell_outage(now: Any, using: str, out: Output) -> None:
    story = outage.latest(now, using=using)
    if story is None:
        return
    what = ("recovered", "superseded", "skipped", "missed", "held")
    counts = ", ".join(f"{story.total(name):,} {name}" for name in what if story.total(name))
    out.line()
    out.line(
        f"Last outage {out.time(story.down_from)} to {out.time(story.down_until)}: "
        f"{several(story.total('instants'), 'instant')} due, {counts}."
    )


def facts(row: Row) -> dict[str, Any]:
    """A schedule as JSON has it."""
    said, last, line = row.schedule, row.last_run, row.outage
    return {
        "key": row.key, "title": row.title, "category": row.category, "description": said.description,
        "source": said.source, "owner": row.owner, "task": said.task_path, "queue": row.queue_name,
        "calendar": said.calendar, "calendar_words": row.calendar, "manual_only": row.manual_only,
        "critical": said.critical, "version": said.version, "status": row.standing.kind,
        "status_detail": row.standing.detail, "paused_by": said.paused_by, "paused_reason": said.paused_reason,
        "paused_until": said.paused_until, "retired_at": said.retired_at, "next_run": row.next_run,
        "last_run": None if last is None else {
            "id": last.run_id, "state": last.state, "due_at": last.due_at, "started_at": last.started_at,
            "finished_at": last.finished_at, "seconds": last.seconds, "recovered": last.recovered,
        },
        "total_runs": row.totals.runs, "success_rate": row.totals.success_rate,
        "average_seconds": row.totals.average_seconds,
        "last_outage": None if line is None else {
            "recovered": line.recovered, "superseded": line.superseded, "skipped": line.skipped,
            "missed": line.missed, "held": line.held,
        },
    }  # fmt: skip
