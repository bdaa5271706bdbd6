"""Print the log of a run as it comes."""

from __future__ import annotations

import time
import uuid

from rota import conf
from rota.management.output import Output
from rota.management.waiting import code_of
from rota.models import State
from rota.queries import runs
from rota.queries.logs import newer
from rota.queries.progress import Progress, progress_of
from rota.queries.runs import Detail
from rota.queries.words import duration

EVERY = 0.5
"""Seconds between two looks at the ledger; workers write at most once a second."""


def follow(run_id: uuid.UUID, out: Output) -> int:
    """Until the run has ended; returns the exit code that says how."""
    using, told = conf.current().DATABASE, Told()
    found = runs.detail(run_id, using=using)
    while not found.ended:
        told.tell(found, out)
        time.sleep(EVERY)
        found = runs.detail(run_id, using=using)
    told.tell(found, out)
    return code_of(found.run.state)


class Told:
    """What was printed already, so that each line is printed once."""

    def __init__(self) -> None:
        self._attempts = 0
        self._headed = 0
        self._seen = 0
        self._unfinished = ""
        self._progress = ""

    def tell(self, found: Detail, out: Output) -> None:
        """Print what is new in what was found."""
        for attempt in found.attempts[self._attempts :]:
            self._lines(attempt.number, attempt.log, out, whole=True)
            self._tell_progress(progress_of(attempt.progress), out)
            took = duration((attempt.finished_at - attempt.started_at).total_seconds())
            why = f": {attempt.error_class}: {attempt.error}" if attempt.error_class else ""
            out.warn(f"Attempt {attempt.number}: {attempt.outcome} after {took}{why}")
            self._attempts, self._seen = self._attempts + 1, 0
        if found.run.state == State.RUNNING and found.shown:
            self._lines(found.attempt, found.shown.log, out, whole=False)
            self._tell_progress(progress_of(found.shown.progress), out)

    def _lines(self, number: int, log: str, out: Output, *, whole: bool) -> None:
        """A line that has not come to its end waits for the rest, unless the log is `whole`."""
        new, self._seen = newer(log, self._seen)
        *lines, self._unfinished = (self._unfinished + new).split("\n")
        if whole and self._unfinished:
            lines, self._unfinished = [*lines, self._unfinished], ""
        if lines and number > 1 and self._headed != number:
            out.warn(f"Attempt {number}")
        if lines:
            self._headed = number
        for line in lines:
            out.line(line)

    def _tell_progress(self, progress: Progress | None, out: Output) -> None:
        """When it has moved by a percent or says something else: a person reads this, between the lines."""
        if progress is None:
            return
        moved = progress.words if progress.percent is None else str(progress.percent)
        if (told := f"{moved} {progress.text}") != self._progress:
            self._progress = told
            out.warn(f"{progress.words}  {progress.text}".rstrip())
