"""A worker child: the main thread (or several others) performs, the carrier's thread talks to the database."""

from __future__ import annotations

import logging
import os
import signal
import threading
import uuid
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from django.db import Error

from rota import clock
from rota.exceptions import RunCancelled
from rota.execution import logs
from rota.execution.errors import describe
from rota.execution.perform import UnknownTask, perform
from rota.execution.timeouts import interrupt
from rota.ledger.claim import Claimed
from rota.ledger.connections import own_alias
from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.processes import ear, journal, rows
from rota.processes.carrier import Carrier
from rota.processes.outage import Outage
from rota.processes.pace import Pace
from rota.processes.slate import NEVER, Slate, Slot
from rota.processes.spec import WORKER, Spec
from rota.processes.timepiece import Timepiece
from rota.processes.tray import Tray
from rota.schedules import registry

log = logging.getLogger("rota")

CRASHED = 71
"""Exit status when the carrier's thread fails: the supervisor then stores and rescues from outside."""


def prepare(spec: Spec) -> None:
    """Load the project's tasks. Raises InvalidInput when one of their modules cannot be imported."""
    journal.set_up(spec.options, WORKER)
    logs.keep_prints()
    registry.load()


def main(spec: Spec, pipe: Connection, memory: Any) -> int:
    """Work until told to stop; returns the exit status."""
    return Worker(spec, pipe, memory).run()


class Worker:
    """One process that performs runs. It learns everything else from its supervisor's pipe."""

    def __init__(self, spec: Spec, pipe: Connection, memory: Any) -> None:
        self._spec, self._pipe = spec, pipe
        self._using = own_alias()
        self._name = rows.name_of(os.getpid())
        self._slate = Slate(memory, spec.options.threads)
        self._time = Timepiece(self._using)
        pace = Pace()
        self._tray = Tray(spec.options.threads, pace)
        self._carrier = Carrier(spec.id, spec.options, self._tray, pace, self._slate, self._time, self._using)
        self._registered = False

    def run(self) -> int:
        """Perform in this thread when one run at a time is enough, else in threads of their own."""
        signal.signal(signal.SIGTERM, self._on_term)
        ear.listen(self._pipe, {"stop": self._stop, "wake": self._carrier.hint, "cancel": self._cancel})
        carrier = threading.Thread(target=self._carry, name="rota-carrier", daemon=True)
        carrier.start()
        if self._spec.options.threads == 1:
            self._work(0)
        else:
            self._work_in_threads(self._spec.options.threads)
        carrier.join()
        self._pipe.send(("ended", self._carrier.handed_back, self._carrier.failed))
        return 0

    def _on_term(self, *_: object) -> None:
        # Only a flag: the carrier sees it when its sleep ends.
        self._carrier.stopping = True

    def _stop(self) -> None:
        self._carrier.stopping = True
        self._tray.tell()

    def _cancel(self, run_id: uuid.UUID, token: int) -> None:
        """Stop exactly this attempt; what has not begun is given back, and the ledger cancels it there."""
        if any(slot.run_id == run_id and slot.token == token for slot in self._slate.begun()):
            interrupt(run_id, RunCancelled("Somebody asked for this attempt to be stopped."))

    def _carry(self) -> None:
        outage = Outage(f"worker {self._name}", self._using)
        try:
            while not self._carrier.finished:
                self._tray.wait_for_news(outage.guard(self._step))
            self._tray.close()
        except BaseException:
            log.exception("The worker cannot go on.")
            os._exit(CRASHED)

    def _step(self) -> float:
        if not self._registered:
            options = self._spec.options
            rows.register(
                self._spec.id, WORKER, using=self._using, parent=self._spec.supervisor, queues=options.queues,
                slots=options.threads,
            )  # fmt: skip
            self._registered = True
        return self._carrier.step()

    def _work_in_threads(self, count: int) -> None:
        threads = [
            threading.Thread(target=self._work, args=(n,), name=f"rota-task-{n}") for n in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, number: int) -> None:
        while (claimed := self._tray.take()) is not None:
            began = clock.elapsed()
            try:
                ending = self._perform(claimed, number)
            except (UnknownTask, Error) as error:
                log.warning("Task %s[%s] was not begun: %s", claimed.task_path, claimed.run_id, error)
                self._slate.clear(number)
                self._tray.refuse(claimed, unknown=isinstance(error, UnknownTask))
                continue
            self._keep(ending)
            self._slate.clear(number)
            self._tray.put(ending, clock.elapsed() - began)

    def _perform(self, claimed: Claimed, number: int) -> Ending:
        started_at = self._time.now()
        begun = threading.Event()

        def begin() -> None:
            self._begin(claimed, number)
            begun.set()

        try:
            return perform(claimed, worker=self._name, holder=self._spec.id, now=self._time.now, begun=begin)
        except Exception as error:
            if not begun.is_set() and isinstance(error, UnknownTask | Error):
                raise
            log.exception("Performing %s[%s] failed outside of the task.", claimed.task_path, claimed.run_id)
            return self._failed_by_us(claimed, started_at, error)

    def _failed_by_us(self, claimed: Claimed, started_at: datetime, error: Exception) -> Ending:
        """A fault of ours, or of the database after the task: the run must end all the same."""
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

    def _begin(self, claimed: Claimed, number: int) -> None:
        now, limit = clock.elapsed(), claimed.terms.hard_timeout
        deadline = NEVER if limit is None else now + limit
        self._slate.begin(number, Slot(claimed.run_id, claimed.token, claimed.attempt, now, deadline))

    def _keep(self, ending: Ending) -> None:
        """Before the run stops counting as begun, its outcome is where the supervisor can read it."""
        while not self._slate.keep(ending):
            self._tray.tell()
            self._tray.wait_for_room()
