"""Wait for a run to end, and say how it ended."""

from __future__ import annotations

import time
import uuid

from rota import clock, conf
from rota.management.exits import Exit
from rota.management.output import Output
from rota.management.telling import tell_run
from rota.models import State
from rota.models.states import ENDED
from rota.queries import runs
from rota.queries.progress import progress_of
from rota.queries.runs import Detail
from rota.queries.words import duration

FIRST, LONGEST = 0.05, 0.5
"""Seconds between two looks at the ledger."""
CODES = {State.SUCCESSFUL: Exit.FINE, State.SKIPPED: Exit.REFUSED, State.MISSED: Exit.REFUSED}


def wait_for(run_id: uuid.UUID, timeout: float, out: Output) -> int:
    """Look until the run has ended or `timeout` seconds have passed (exit 5; the run goes on)."""
    using, deadline, sleep, told = conf.current().DATABASE, clock.elapsed() + timeout, FIRST, ""
    while True:
        found = runs.detail(run_id, using=using)
        if found.run.state in ENDED:
            return _ended(found, out)
        told = _tell_progress(found, told, out)
        if clock.elapsed() >= deadline:
            out.warn(f"Run {run_id} is still {found.run.state} after {duration(timeout)}. It goes on.")
            return Exit.TIMED_OUT
        time.sleep(sleep)
        sleep = min(LONGEST, sleep * 1.5)


def code_of(state: str) -> int:
    """The exit code that says how a run ended."""
    return CODES.get(State(state), Exit.FAILED)


def _tell_progress(found: Detail, told: str, out: Output) -> str:
    run = found.run
    now = f"attempt {found.attempt} of {run.max_attempts}" if run.state == State.RUNNING else ""
    if found.shown and (progress := progress_of(found.shown.progress)):
        now = f"{now}  {progress.words}  {progress.text}".rstrip()
    if now and now != told and not out.json:
        out.line(f"Running  {now}")
    return now or told


def _ended(found: Detail, out: Output) -> int:
    run = found.run
    code = code_of(run.state)
    if out.json:
        tell_run(found, out)
    elif run.state == State.SUCCESSFUL:
        took = f" in {duration(found.seconds)}" if found.seconds is not None else ""
        out.line(f"{out.mark('successful', 'Successful').text}{took}  {run.result}", "SUCCESS")
    else:
        last = found.attempts[-1] if found.attempts else None
        why = f"{last.error_class}: {last.error}" if last and last.error_class else run.detail
        out.line(f"{out.mark(run.state, str(State(run.state).label)).text}  {why}", "ERROR")
        out.line(f"More: manage.py rota show {run.pk}")
    return code
