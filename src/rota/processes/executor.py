"""Performs runs from the tray, one at a time in each thread that calls `work`."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import Error

from rota import clock
from rota.execution.errors import describe
from rota.execution.perform import UnknownTask, perform
from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.processes.slate import NEVER, Slate, Slot
from rota.processes.spec import Spec
from rota.processes.timepiece import Timepiece
from rota.processes.tray import Tray

log = logging.getLogger("rota")

CRASHED = 71
"""Exit status when a part of the worker fails: the supervisor then stores and rescues from outside."""


@contextlib.contextmanager
def vital() -> Iterator[None]:
    """What must not fail unnoticed, and leave a worker that holds runs and performs none: the process ends with it."""
    try:
        yield
    except BaseException:
        log.exception("The worker cannot go on.")
        os._exit(CRASHED)


class Executor:
    """`ended` is called after each run that has been performed, in the thread that performed it."""

    def __init__(
        self, spec: Spec, name: str, tray: Tray, slate: Slate, timepiece: Timepiece, ended: Callable[[], None]
    ) -> None:
        self._spec, self._name, self._ended = spec, name, ended
        self._tray, self._slate, self._time = tray, slate, timepiece

    def work(self, number: int) -> None:
        """Perform what comes, in this slot, until there will be no more."""
        with vital():
            while (claimed := self._tray.take()) is not None:
                self.perform(claimed, number)

    def work_in_threads(self, count: int) -> None:
        """The same in so many threads, one for each slot."""
        threads = [threading.Thread(target=self.work, args=(n,), name=f"rota-task-{n}") for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def perform(self, claimed: Claimed, number: int) -> None:
        """One run, from its slot on the slate to its outcome on the tray."""
        began = clock.elapsed()
        try:
            ending = self._perform(claimed, number)
        except (UnknownTask, Error) as error:
            self.refuse(claimed, number, error)
            return
        self.finish(ending, number, clock.elapsed() - began)

    def refuse(self, claimed: Claimed, number: int, error: Exception) -> None:
        """It could not begin: others may have it."""
        log.warning("Task %s[%s] was not begun: %s", claimed.task_path, claimed.run_id, error)
        self._slate.clear(number)
        self._tray.refuse(claimed, unknown=isinstance(error, UnknownTask))

    def finish(self, ending: Ending, number: int, seconds: float) -> None:
        """Before the run stops counting as begun, its outcome is where the supervisor can read it."""
        while not self._slate.keep(ending):
            self._tray.tell()
            self._tray.wait_for_room()
        self._slate.clear(number)
        self._tray.put(ending, seconds)
        self._ended()

    def begin(self, claimed: Claimed, number: int) -> None:
        """From here on the attempt counts."""
        now, limit = clock.elapsed(), claimed.terms.hard_timeout
        deadline = NEVER if limit is None else now + limit
        self._slate.begin(number, Slot(claimed.run_id, claimed.token, claimed.attempt, now, deadline))

    def failed_by_us(self, claimed: Claimed, started_at: datetime, error: BaseException) -> Ending:
        """A fault of ours, or of the database after the task: the run must end all the same."""
        log.error(
            "Performing %s[%s] failed outside of the task.", claimed.task_path, claimed.run_id, exc_info=error
        )
        failure = describe(error)
        return Ending(
            run_id=claimed.run_id,
            token=claimed.token,
            attempt=claimed.attempt,
            outcome=Outcome.FAILED,
            started_at=started_at,
            finished_at=self._time.now(),
            held_by=self._spec.id,
            worker=self._name,
            error_class=failure.error_class,
            error=failure.error,
            traceback=failure.traceback,
        )

    def _perform(self, claimed: Claimed, number: int) -> Ending:
        started_at = self._time.now()
        begun = []

        def begin() -> None:
            self.begin(claimed, number)
            begun.append(True)

        try:
            return perform(claimed, worker=self._name, holder=self._spec.id, now=self._time.now, begun=begin)
        except Exception as error:
            if not begun and isinstance(error, UnknownTask | Error):
                raise
            return self.failed_by_us(claimed, started_at, error)
