"""Let people see what the attempts of this worker have to show, while they run. For the thread with the database."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import Error, InterfaceError, OperationalError

from rota import clock
from rota.execution.showing import Showing, open_attempts
from rota.ledger.connections import transient
from rota.ledger.open_attempts import Shown, show

log = logging.getLogger("rota")

LOOK = 0.5
"""Seconds between two looks."""
WORTH_SHOWING = 0.5
"""Seconds: an attempt that is shorter is never written while it runs."""
AGAIN = 1.0
"""Seconds between two writes of one attempt."""


class Showcase:
    """Remembers what was written; what has not changed costs no statement."""

    def __init__(
        self, using: str, now: Callable[[], datetime], elapsed: Callable[[], float] = clock.elapsed
    ) -> None:
        self._using, self._now, self._elapsed = using, now, elapsed
        self._written: dict[uuid.UUID, _Written] = {}
        self._look_at = 0.0
        self._refused = False

    def step(self) -> None:
        """Write what changed, all in one statement; to be called every LOOK seconds while something runs.

        Raises the database's passing errors; then it is to be called again later.
        """
        moment = self._elapsed()
        if moment >= self._look_at:
            self._look_at = moment + LOOK
            self._look(moment)

    def _look(self, moment: float) -> None:
        attempts = [one for one in open_attempts() if moment - one.began >= WORTH_SHOWING]
        here = {one.run_id for one in attempts}
        self._written = {run_id: written for run_id, written in self._written.items() if run_id in here}
        due = [one for one in attempts if self._is_due(one, moment)]
        if due:
            self._write(due, moment)

    def _is_due(self, attempt: Showing, moment: float) -> bool:
        last = self._written.get(attempt.run_id) if attempt.run_id else None
        if last is None or last.token != attempt.token:
            return attempt.told is not None or attempt.size > 0
        changed = attempt.told is not last.told or attempt.size != last.size
        return changed and moment - last.at >= AGAIN

    def _write(self, attempts: list[Showing], moment: float) -> None:
        # Read before they are written: what comes meanwhile is seen as a change next time.
        notes = {one.run_id: _Written(one, moment) for one in attempts if one.run_id}
        shown = [Shown(one.run_id, one.token, one.progress(), one.text()) for one in attempts if one.run_id]
        try:
            show(shown, using=self._using, now=self._now())
        except (OperationalError, InterfaceError):
            raise
        except Error as error:  # nothing depends on what is shown, so it may not hold up what does
            if transient(error):
                raise
            self._tell_refused(error)
        self._written |= notes

    def _tell_refused(self, error: Error) -> None:
        if not self._refused:
            log.warning("What running attempts show cannot be stored: %s", error)
        self._refused = True


class _Written:
    """What was written of an attempt, and when."""

    __slots__ = ("at", "size", "token", "told")

    def __init__(self, attempt: Showing, at: float) -> None:
        self.token, self.size, self.at = attempt.token, attempt.size, at
        self.told = attempt.told
