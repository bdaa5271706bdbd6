"""Is the ledger what an independent calendar says, and is it what the witnesses saw?

Nothing here calls the product's planner or calendars: "every 1 second" is every whole second.
"""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rota.models import Attempt, Cursor, Run, Version

Seconds = collections.Counter[int]
Said = collections.Counter[tuple[str, int, int]]
"""(run id, attempt, process id) of the lines of one kind."""


@dataclasses.dataclass
class Report:
    """What was looked at, and every sentence about something wrong."""

    instants: int = 0
    successes: int = 0
    attempts: int = 0
    lost: int = 0
    states: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    wrong: list[str] = dataclasses.field(default_factory=list)


def check(folder: Path) -> Report:
    """Read the final database and the witness files."""
    report = Report()
    for cursor in Cursor.objects.select_related("schedule"):
        _instants(cursor, report)
    _witnesses(folder, report)
    _attempts(report)
    _endings(report)
    return report


def _instants(cursor: Cursor, report: Report) -> None:
    """Each second since the schedule began is in the ledger exactly once."""
    begun = Version.objects.filter(schedule=cursor.pk).order_by("number")[0].valid_from
    expected = set(range(math.floor(begun.timestamp()) + 1, math.floor(cursor.planned_until.timestamp()) + 1))
    found: Seconds = collections.Counter()
    for run in Run.objects.filter(schedule=cursor.pk, due_at__isnull=False):
        found.update(_seconds_of(run, report))
    report.instants += len(expected)
    key = cursor.schedule.key
    report.wrong += [f"LOST {key} {_time(second)}" for second in sorted(expected - set(found))]
    report.wrong += [f"INVENTED {key} {_time(second)}" for second in sorted(set(found) - expected)]
    report.wrong += [f"DUP-ROW {key} {_time(second)} x{n}" for second, n in found.items() if n > 1]


def _seconds_of(run: Run, report: Report) -> Iterator[int]:
    assert run.due_at is not None
    first = int(run.due_at.timestamp())
    last = int((run.due_until or run.due_at).timestamp())
    if last - first + 1 != run.due_count:
        report.wrong.append(f"MISCOUNTED {run.pk}: {first}..{last} is not {run.due_count} seconds")
    report.states[run.state] += run.due_count
    return iter(range(first, last + 1))


def _witnesses(folder: Path, report: Report) -> None:
    begun, ended = _said(folder, "START"), _said(folder, "END")
    closed = {(str(a.run_id), a.number, _pid(a.worker)): a for a in Attempt.objects.all()}
    for key, attempt in closed.items():
        if attempt.outcome == "succeeded":
            report.successes += 1
            if ended[key] != 1:
                report.wrong.append(f"SUCCESS-UNSEEN {key}: {ended[key]} END lines")
    runs = {str(pk) for pk in Run.objects.values_list("pk", flat=True)}
    report.wrong += [f"GHOST {key}: no such run" for key in begun if key[0] not in runs]
    never = {
        str(pk)
        for pk in Run.objects.filter(state__in=("SKIPPED", "MISSED", "HELD")).values_list("pk", flat=True)
    }
    report.wrong += [f"GHOST {key}: it was never to run" for key in begun if key[0] in never]
    report.wrong += [f"DUP-RUN {key} began {n} times in one process" for key, n in begun.items() if n > 1]


def _said(folder: Path, what: str) -> Said:
    said: Said = collections.Counter()
    for path in folder.glob("*.log"):
        for line in path.read_text().splitlines():
            word, run, attempt = line.split()
            if word == what:
                said[(run, int(attempt), int(path.stem))] += 1
    return said


def _attempts(report: Report) -> None:
    numbers: dict[str, list[int]] = collections.defaultdict(list)
    for attempt in Attempt.objects.order_by("number"):
        numbers[str(attempt.run_id)].append(attempt.number)
        report.attempts += 1
        report.lost += attempt.outcome == "lost"
    for run, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            report.wrong.append(f"ATTEMPTS {run}: {found}")


def _endings(report: Report) -> None:
    """Nothing is stuck, and a run's state is what its last attempt says."""
    for run in Run.objects.filter(state__in=("READY", "RUNNING")):
        report.wrong.append(f"STUCK {run.pk} {run.state}")
    for run in Run.objects.filter(state__in=("SUCCESSFUL", "FAILED")).prefetch_related("attempts"):
        outcomes = [attempt.outcome for attempt in run.attempts.order_by("number")]
        if outcomes.count("succeeded") != (run.state == "SUCCESSFUL"):
            report.wrong.append(f"CONTRADICTION {run.pk} {run.state}: {outcomes}")


def _pid(worker: str) -> int:
    last = worker.rpartition(":")[2]
    return int(last) if last.isdigit() else 0


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
