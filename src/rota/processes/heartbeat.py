"""The supervisor's lease: a counter that rises. A thread of its own, so that nothing else can hold it up."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from rota import clock, conf
from rota.processes import rows
from rota.processes.outage import Outage
from rota.processes.spec import SUPERVISOR


class Heartbeat:
    """`held_at` is when, on `clock.elapsed()`, the lease was last known to be held; `lost` is set when it is gone."""

    def __init__(
        self, supervisor: uuid.UUID, using: str, hears: Callable[[], str | None] = lambda: None
    ) -> None:
        """`hears` says how this supervisor hears of new runs; its row shows it."""
        self._id, self._using, self._hears = supervisor, using, hears
        self._shown: str | None = None
        self._registered = False
        self._stop = threading.Event()
        self.lost = threading.Event()
        self.held_at = 0.0
        self._thread = threading.Thread(target=self._run, name="rota-heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more, and wait for the last one."""
        self._stop.set()
        self._thread.join(timeout=10)

    def step(self) -> float:
        """One beat; returns the seconds until the next. Raises the database's errors."""
        # The lease counts from before the question: the answer may have taken its time.
        asked = clock.elapsed()
        if not self._registered:
            rows.register(self._id, SUPERVISOR, using=self._using)
            self._registered = True
        if rows.beat(self._id, using=self._using, now=clock.now(self._using)):
            self.held_at = asked
            self._show()
        else:
            self.lost.set()
        return conf.current().HEARTBEAT.total_seconds()

    def _show(self) -> None:
        hears = self._hears()
        if hears != self._shown:
            rows.note_mode(self._id, hears, using=self._using)
            self._shown = hears

    def _run(self) -> None:
        # Who comes back from an outage later than the others is taken for dead by them.
        outage = Outage("heartbeat", self._using, conf.current().HEARTBEAT.total_seconds())
        while not self.lost.is_set() and not self._stop.wait(outage.guard(self.step)):
            pass
