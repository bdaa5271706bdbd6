"""The scheduler child: it makes the ledger true up to now, over and over. Any number may run; there is no leader."""

from __future__ import annotations

import logging
import signal
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from rota import clock, conf
from rota.ledger.connections import own_alias
from rota.ledger.cursors import lower_hints
from rota.ledger.halts import open_halt, write_halt
from rota.ledger.plan import next_due_at, plan_due
from rota.models import Halt, State
from rota.processes import announce, ear, journal, rows
from rota.processes.bell import Bell
from rota.processes.clockguard import ClockGuard, Jump, read
from rota.processes.options import Options
from rota.processes.outage import Outage
from rota.processes.spec import SCHEDULER, Spec
from rota.schedules import registry
from rota.schedules.sync import sync

log = logging.getLogger("rota")

EDITS_SEEN_WITHIN = 0.5
"""Longest sleep in seconds: a changed schedule is taken up within it."""
LONGEST_REST = 5.0
"""Longest sleep when changes are heard of."""
WHILE_HALTED = 1.0
ASK_AGAIN = 0.005


def prepare(spec: Spec) -> None:
    """Load the project's declarations. Raises InvalidInput when one of their modules cannot be imported."""
    journal.set_up(spec.options, SCHEDULER)
    registry.load()


def main(spec: Spec, pipe: Connection, _: Any) -> int:
    """Plan until told to stop; returns the exit status."""
    scheduler = Scheduler(spec, own_alias(), tell=pipe.send)
    signal.signal(signal.SIGTERM, lambda *_: scheduler.stop())
    ear.listen(
        pipe,
        {
            "stop": scheduler.stop,
            "wake": scheduler.news.ring,
            "look": scheduler.news.ring,
            "rest": scheduler.rest,
        },
    )
    outage = Outage("scheduler", own_alias())
    try:
        while not scheduler.finished:
            sleep = outage.guard(scheduler.step)
            if not scheduler.finished:
                scheduler.news.wait(sleep)
    except Exception:
        log.exception("The scheduler cannot go on.")
        return 1
    pipe.send(("ended", 0, 0))
    return 0


class Scheduler:
    """`step` does one round and returns the seconds to sleep. `tell` takes what the supervisor is to hear."""

    def __init__(self, spec: Spec, using: str, tell: Callable[[tuple[Any, ...]], None]) -> None:
        self._spec, self._using, self._tell = spec, using, tell
        self._options: Options = spec.options
        self._id: uuid.UUID = spec.id
        self._guard: ClockGuard | None = None
        self._halted = False
        self._synced = spec.synced
        self._announced = False
        self._longest = EDITS_SEEN_WITHIN
        self.news = Bell()
        """Rung when a schedule was changed."""
        self.finished = False

    def stop(self) -> None:
        """Plan no more. May be called from a signal handler: it sets a flag and rings a bell."""
        self.finished = True
        self.news.ring()

    def rest(self, may: bool) -> None:
        """Whether changes of schedules are sure to be heard of: then it is not asked for them so often."""
        self._longest = LONGEST_REST if may else EDITS_SEEN_WITHIN
        self.news.ring()

    def step(self) -> float:
        """One round. Raises the database's errors; then it is to be called again later."""
        guard = self._guard or self._begin()
        if self._in_halt(guard):
            return WHILE_HALTED
        now, jump = guard.look()
        if jump is not None:
            self._halt(jump)
            return WHILE_HALTED
        asked = clock.elapsed()
        if not self._synced:
            self._sync()
            now, asked = clock.now(self._using), clock.elapsed()
        due_at = next_due_at(using=self._using)
        if not self._announced or (due_at is not None and due_at <= now):
            if self._plan(now):
                return 0.0
            due_at = next_due_at(using=self._using)
        self.finished |= self._options.once
        return self._until(due_at, now + timedelta(seconds=clock.elapsed() - asked))

    def _begin(self) -> ClockGuard:
        rows.register(self._id, SCHEDULER, using=self._using, parent=self._spec.supervisor)
        if rows.first_of_its_kind(self._id, using=self._using):
            # Another tz database or another rota may know an earlier instant than the one that was noted.
            lower_hints(using=self._using, now=clock.now(self._using))
        last = Halt.objects.using(self._using).filter(accepted_at__isnull=False).order_by("-pk").first()
        accepted = {"accepted": last.at - last.expected_at} if last is not None else {}
        self._guard = ClockGuard(self._using, conf.current().MAX_CLOCK_STEP, **accepted)
        return self._guard

    def _sync(self) -> None:
        changes = sync(using=self._using, now=clock.now(self._using))
        for what in ("added", "changed", "retired", "revived"):
            for key in getattr(changes, what):
                log.info("Schedule %s: %s", what, key)
        for problem in changes.problems:
            log.error("Schedule problem: %s", problem)
        self._synced = True
        self._tell(("synced",))

    def _plan(self, now: datetime) -> bool:
        """Plan what is due at `now`; whether there is more."""
        first = not self._announced
        if first:
            announce.checking()
        planned = plan_due(using=self._using, now=now)
        if first:
            announce.missed(planned.entries, now)
            self._announced = True
        ready = sum(1 for entry in planned.entries if entry.state == State.READY)
        if ready:
            self._tell(("wake", ready))
        return planned.more

    def _until(self, due_at: datetime | None, now: datetime) -> float:
        if due_at is None:
            return self._longest
        seconds = (due_at - now).total_seconds()
        # Never nothing: what is due and was not planned is locked by another scheduler.
        return max(ASK_AGAIN, min(self._longest, seconds))

    def _in_halt(self, guard: ClockGuard) -> bool:
        halt = open_halt(using=self._using)
        if halt is None and self._halted:
            log.warning("The time was accepted: planning goes on.")
            guard.accept(read(self._using))
        elif halt is not None and not self._halted:
            log.error(
                "Planning is halted until a person accepts the time (rota accept-clock): %s", halt.detail
            )
        self._halted = halt is not None
        return self._halted

    def _halt(self, jump: Jump) -> None:
        write_halt(at=jump.at, expected_at=jump.expected_at, detail=jump.detail, using=self._using)
        log.error("%s Planning is halted until a person accepts the time (rota accept-clock).", jump.detail)
        self._halted = True
