"""A worker child: its main thread performs runs (or lets threads do it), the carrier's talks to the database."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import uuid
from multiprocessing.connection import Connection
from typing import Any

from rota.exceptions import RunCancelled
from rota.execution import logs, surroundings
from rota.execution.timeouts import interrupt
from rota.ledger.connections import own_alias
from rota.processes import ear, journal, rows
from rota.processes.carrier import Carrier
from rota.processes.executor import Executor, vital
from rota.processes.loop import LoopExecutor
from rota.processes.outage import Outage
from rota.processes.pace import Pace
from rota.processes.showing import LOOK, Showcase
from rota.processes.slate import Slate
from rota.processes.spec import WORKER, Spec
from rota.processes.stint import Stint
from rota.processes.timepiece import Timepiece
from rota.processes.tray import Tray
from rota.schedules import registry

log = logging.getLogger("rota")

SWITCH = 0.0005
"""Seconds after which a busy thread lets another one go on. By default it is so long that the carrier, which has to
wait for its turn after each answer of the database, would come too late with the next runs."""


def prepare(spec: Spec) -> None:
    """Load the project's tasks. Raises InvalidInput when one of their modules cannot be imported."""
    journal.set_up(spec.options, WORKER)
    sys.setswitchinterval(SWITCH)
    logs.keep_prints()
    registry.load()


def main(spec: Spec, pipe: Connection, memory: Any) -> int:
    """Work until told to stop; returns the exit status."""
    return Worker(spec, pipe, memory).run()


class Worker:
    """One process that performs runs. It learns everything else from its supervisor's pipe."""

    def __init__(self, spec: Spec, pipe: Connection, memory: Any) -> None:
        self._spec, self._pipe = spec, pipe
        self._line = os.fstat(pipe.fileno())
        self._using = own_alias()
        self._name = rows.name_of(os.getpid())
        self._slate = Slate(memory, spec.options.slots)
        self._time = Timepiece(self._using)
        pace = Pace()
        self._tray = Tray(spec.options.slots, pace)
        self._carrier = Carrier(spec.id, spec.options, self._tray, pace, self._slate, self._time, self._using)
        self._showcase = Showcase(self._using, self._time.now)
        self._carrier.pass_on = lambda: self._say("wake", 1)
        self._stint = Stint(spec.options.max_tasks)
        self._speaking = threading.Lock()
        self._leaving = False
        self._registered = False

    def run(self) -> int:
        """Perform until the end; then say so."""
        signal.signal(signal.SIGTERM, self._on_term)
        ear.listen(
            self._pipe,
            {
                "stop": self._stop,
                "wake": self._carrier.hint,
                "look": self._tray.tell,
                "rest": self._carrier.rest,
                "cancel": self._cancel,
                "replace": self._be_replaced,
            },
        )
        carrier = threading.Thread(target=self._carry, name="rota-carrier", daemon=True)
        carrier.start()
        self._work()
        carrier.join()
        self._say("ended", self._carrier.handed_back, self._carrier.failed)
        return 0

    def _work(self) -> None:
        """In this thread when one run at a time is enough, else in threads or on an event loop."""
        options = self._spec.options
        kind = LoopExecutor if options.asyncio else Executor
        executor = kind(self._spec, self._name, self._tray, self._slate, self._time, self._leave_if_due)
        if isinstance(executor, LoopExecutor):
            executor.work_on_a_loop(options.slots, options.sync_threads, lambda: self._carrier.stopping)
        elif options.slots == 1:
            surroundings.keep()
            executor.work(0)
        else:
            executor.work_in_threads(options.slots)

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

    def _be_replaced(self, reason: str) -> None:
        self._stint.ask(reason)
        if not self._slate.begun():
            self._leave()

    def _leave_if_due(self) -> None:
        self._stint.ended_one()
        self._leave()

    def _leave(self) -> None:
        """Take no more when the stint is over. The supervisor hears it at once, and starts another meanwhile."""
        reason = self._stint.reason
        with self._speaking:
            first, self._leaving = bool(reason) and not self._leaving, self._leaving or bool(reason)
        if not first:
            return
        log.info("This worker makes room for a new one: %s.", reason)
        self._carrier.stopping = True
        self._tray.close()
        self._tray.tell()
        self._say("leaving")

    def _say(self, *message: Any) -> None:
        with self._speaking:
            self._pipe.send(message)

    def _carry(self) -> None:
        outage = Outage(f"worker {self._name}", self._using)
        with vital():
            while not self._carrier.finished:
                self._tray.wait_for_news(outage.guard(self._step))
            self._tray.close()

    def _step(self) -> float:
        if not self._registered:
            options = self._spec.options
            rows.register(
                self._spec.id, WORKER, using=self._using, parent=self._spec.supervisor, queues=options.queues,
                slots=options.slots, mode=options.mode,
            )  # fmt: skip
            self._registered = True
        self._check_the_line()
        wait = self._carrier.step()
        self._showcase.step()
        return min(wait, LOOK) if self._tray.busy else wait

    def _check_the_line(self) -> None:
        """A task that closed every file also cut us off from the supervisor: claim nothing more. The database would be
        found again, and what was claimed then would be lost with this process."""
        if not os.path.samestat(self._line, os.fstat(self._pipe.fileno())):
            raise OSError("Something else is open in place of the supervisor's pipe.")
