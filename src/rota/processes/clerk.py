"""The supervisor's thread for the database: it closes what dead children left, watches leases, and tidies up.

Upkeep lives here and not in the scheduler, so that it is also done where only workers run.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from django.db import Error

from rota import clock, conf
from rota.ledger import batches, gates, idle_gates
from rota.ledger.cancel import stop_requests
from rota.ledger.open_attempts import forget_ended
from rota.ledger.park import unpark
from rota.ledger.rescue import rescue
from rota.models import Process
from rota.processes import leases, rows
from rota.processes.death import Death
from rota.processes.outage import Outage
from rota.processes.parking import park_unknown
from rota.processes.spec import SUPERVISOR, WORKER
from rota.processes.storing import store
from rota.schedules.pausing import clear_expired

log = logging.getLogger("rota")

ASK_FOR_STOPS = 0.5
SWEEP = 5.0
SWEEP_AT_REST = 10.0
TIDY_UP = 600.0
KEEP_PROCESSES = timedelta(days=30)
"""How long the rows of ended processes stay: the outage report reads them."""


class Clerk:
    """`step` does what is due and returns how long to wait. Talks to the supervisor's main thread by attributes."""

    def __init__(
        self,
        using: str,
        workers: Callable[[], Collection[uuid.UUID]],
        told: Callable[[], bool] = lambda: False,
    ) -> None:
        """`workers` are this supervisor's own; `told` says whether requests to stop are sure to be heard of."""
        self._using, self._workers, self._told = using, workers, told
        self._watch = leases.watch()
        self._deaths: list[Death] = []
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._stop = threading.Event()
        self._outage = Outage("supervisor", using)
        self._done: dict[Callable[[], None], float] = {}
        """When each thing was last begun."""
        self._upkeep = (
            self._free_orphans, self._sweep_gates, self._sweep_batches, self._end_pauses, self._note_memory,
            self._forget_shown, self._park,
        )  # fmt: skip
        """Each by itself, so that what keeps one from being done leaves the others alone."""
        self._asked = False
        self._unparked = 0
        """How often what was parked got another chance."""
        self._thread = threading.Thread(target=self._run, name="rota-clerk", daemon=True)
        self.to_stop: list[tuple[uuid.UUID, int, uuid.UUID]] = []
        self.held: Mapping[uuid.UUID, int] = {}
        """Bytes of memory that each worker holds, for its row."""
        self.burned = 0

    def start(self) -> None:
        """Begin; the first thing is to free what was parked, as new code may know it."""
        self._thread.start()

    def report(self, death: Death) -> None:
        """A child has ended: its outcomes are to be stored and its runs to be closed, at once."""
        with self._lock:
            self._deaths.append(death)
        self._news.set()

    def look_for_stops(self) -> None:
        """Somebody is said to have asked for an attempt to be stopped."""
        self._asked = True
        self._news.set()

    def finish(self, seconds: float) -> bool:
        """Wait until every death is written down, at most so long; then end. False when something is left."""
        until = clock.elapsed() + seconds
        while self._deaths and clock.elapsed() < until:
            self._stop.wait(0.02)
        self._stop.set()
        self._news.set()
        self._thread.join(timeout=10)
        return not self._deaths

    def step(self) -> float:
        """One round. Raises the database's errors; then it is to be called again later."""
        # Until this supervisor's workers have their rows, a sweep elsewhere still finds that nobody knows the tasks.
        if not self._unparked or (self._unparked == 1 and self._workers_live()):
            self._unpark()
        while self._deaths:
            self._close(self._deaths[0])
            with self._lock:
                self._deaths.pop(0)
        asked, self._asked = self._asked, False
        self._every(0.0 if asked else SWEEP if self._told() else ASK_FOR_STOPS, self._read_stop_requests)
        self._every(conf.current().HEARTBEAT.total_seconds(), self._watch_leases)
        for duty in self._upkeep:
            self._every(SWEEP_AT_REST if self._told() else SWEEP, duty)
        self._every(TIDY_UP, self._forget)
        return ASK_FOR_STOPS / 2

    def _run(self) -> None:
        while not self._stop.is_set():
            sleep = self._outage.guard(self.step)
            if self._outage.on:
                self._watch.blind()
            self._news.wait(sleep)
            self._news.clear()

    def _every(self, seconds: float, what: Callable[[], None]) -> None:
        now = clock.elapsed()
        if now < self._done.get(what, 0.0) + seconds:
            return
        self._done[what] = now
        try:
            what()
        except Error:
            del self._done[what]
            raise
        except Exception:  # one duty that cannot be done must not keep the others from being done
            log.exception("Upkeep: %s failed, and is tried again at its next turn.", what.__name__.strip("_"))

    def _unpark(self) -> None:
        freed = unpark(using=self._using, now=clock.now(self._using))
        if freed:
            log.info("%s parked run(s) get another chance: this process may know their tasks.", freed)
        self._unparked += 1

    def _workers_live(self) -> bool:
        workers = set(self._workers())
        live = Process.objects.using(self._using).filter(pk__in=workers, stopped_at__isnull=True)
        return bool(workers) and live.count() == len(workers)

    def _close(self, death: Death) -> None:
        """First what has ended, then what was lost; and only then the row, whose end lets others take over."""
        now = clock.now(self._using)
        if death.role == WORKER:
            if death.endings:
                store(death.endings, using=self._using, now=now)
            self._rescue(death)
        rows.stop(death.process_id, death.detail, using=self._using, now=clock.now(self._using))

    def _rescue(self, death: Death) -> None:
        found = rescue(
            death.process_id, begun=death.burned, using=self._using, now=clock.now(self._using), detail=death.reason,
            outcome=death.outcome, spared=death.spared, why_spared=death.why_spared,
        )  # fmt: skip
        self.burned += len(found.burned)
        for run_id in found.burned:
            log.error("Run %s: attempt %s. %s", run_id, death.outcome.replace("_", " "), death.reason)
        for run_id in found.spared:
            log.warning("Run %s was beside it. %s", run_id, death.why_spared)
        if found.returned:
            log.info("%s run(s) of a dead worker had not begun and go back.", len(found.returned))

    def _read_stop_requests(self) -> None:
        workers = self._workers()
        self.to_stop = stop_requests(workers, using=self._using) if workers else []

    def _watch_leases(self) -> None:
        supervisors = Process.objects.using(self._using).filter(kind=SUPERVISOR, stopped_at__isnull=True)
        dead = self._watch.look(supervisors.values_list("pk", "beat"), clock.elapsed())
        if dead:
            leases.take_over(dead, using=self._using)

    def _free_orphans(self) -> None:
        # A child's row is stopped only after its runs were closed, so what is found here is nobody's.
        with self._lock:
            dying = frozenset(death.process_id for death in self._deaths)
        leases.free_orphans(using=self._using, spare=dying | frozenset(self._workers()))

    def _sweep_gates(self) -> None:
        gates.sweep(using=self._using, now=clock.now(self._using))

    def _sweep_batches(self) -> None:
        batches.sweep(using=self._using, now=clock.now(self._using))

    def _end_pauses(self) -> None:
        clear_expired(using=self._using, now=clock.now(self._using))

    def _note_memory(self) -> None:
        rows.note_memory(self.held, using=self._using)

    def _forget_shown(self) -> None:
        forget_ended(using=self._using)

    def _park(self) -> None:
        park_unknown(using=self._using, now=clock.now(self._using))

    def _forget(self) -> None:
        now = clock.now(self._using)
        rows.forget(now - KEEP_PROCESSES, using=self._using)
        idle_gates.forget(using=self._using, now=now)
