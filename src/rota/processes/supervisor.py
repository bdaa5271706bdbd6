"""The supervisor: starts, watches and ends the children. It calls no user code and holds the lease for them."""

from __future__ import annotations

import logging
import uuid
from multiprocessing.connection import wait

from django.db import Error, connections

from rota import clock, conf
from rota.processes import journal, preflight, rows
from rota.processes.clerk import Clerk
from rota.processes.heartbeat import Heartbeat
from rota.processes.memory import Scales
from rota.processes.options import Options
from rota.processes.outage import Outage
from rota.processes.reaper import Reaper
from rota.processes.signals import Signals
from rota.processes.spec import SUPERVISOR
from rota.processes.team import Team
from rota.processes.titles import entitle
from rota.processes.wakeups.listener import Listener
from rota.processes.wakeups.post import Post

log = logging.getLogger("rota")

FINISHED, SOME_FAILED, KILLED, HANDED_BACK, REFUSED = 0, 1, 70, 75, 78
"""Exit codes: all is finished; with `once`, a run failed; something had to be killed, or the lease was lost; runs
were given back; it refused to start. The last three are sysexits.h's EX_SOFTWARE, EX_TEMPFAIL and EX_CONFIG."""
TICK = 0.2
WRITE_DOWN_WITHIN = 10.0


class Supervisor:
    """`run` returns an exit code when it was told to stop (SIGTERM, SIGINT), or with `once` when all is done."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._id = uuid.uuid4()
        self._reaper = Reaper()
        self._scales = Scales()
        self._team = Team(self._id, options)
        self._killed = False
        self._post: Post
        """There once the database answers."""

    def run(self) -> int:
        """Until the end. From the main thread."""
        entitle(SUPERVISOR)
        journal.set_up(self._options, SUPERVISOR)
        with Signals() as signals:
            try:
                using = self._check(signals)
            except preflight.NotReady as error:
                log.error("rota does not start. %s", error)
                return REFUSED
            return FINISHED if using is None else self._supervise(using, signals)

    def _check(self, signals: Signals) -> str | None:
        """Wait until the database answers; None when told to stop before."""
        using = preflight.check_settings()
        outage = Outage("supervisor", using)
        answered = False

        def look() -> float:
            nonlocal answered
            preflight.check_database(using)
            answered = True
            return 0.0

        while not answered and not signals.stop:
            signals.wait(outage.guard(look))
        connections[using].close()
        return using if answered else None

    def _supervise(self, using: str, signals: Signals) -> int:
        listener = Listener(using)
        heartbeat = Heartbeat(self._id, using, hears=lambda: listener.how)
        clerk = Clerk(
            using, lambda: [member.spec.id for member in list(self._team.workers)], lambda: listener.proven
        )
        self._post = Post(listener, self._team, clerk.look_for_stops)
        heartbeat.start()
        while not heartbeat.held_at and not signals.stop:
            signals.wait(TICK / 10)
        clerk.start()
        listener.start()
        while not (signals.stop or heartbeat.lost.is_set() or self._team.broken or self._team.done):
            self._team.fill(heartbeat.held_at)
            self._tick(heartbeat, clerk, signals)
        self._stop(heartbeat, clerk, signals)
        listener.stop()
        written = clerk.finish(WRITE_DOWN_WITHIN)
        heartbeat.stop()
        return self._farewell(using, heartbeat, written)

    def _tick(self, heartbeat: Heartbeat, clerk: Clerk, signals: Signals) -> None:
        """Wait for something to happen, at most TICK seconds, and see to it."""
        heard = (thing for member in self._team.members for thing in member.waits_on)
        wait([signals.readable, self._post.readable, *heard], TICK)
        signals.drain()
        for member in self._team.workers:
            member.slate.beat = heartbeat.held_at
        for name, *values in self._team.hear():
            if name == "wake":
                self._team.wake(*values)  # type: ignore[arg-type]
        self._post.deliver()
        for member in [member for member in self._team.members if not member.alive]:
            clerk.report(self._team.bury(member))
        self._reaper.look(self._team.workers, clerk.to_stop)
        self._scales.look(self._team.workers)
        clerk.held = self._scales.held
        self._team.end_the_late()

    def _stop(self, heartbeat: Heartbeat, clerk: Clerk, signals: Signals) -> None:
        """What runs may finish within the deadline; a second signal, or a lost lease, ends it at once."""
        within = conf.current().STOP_WITHIN.total_seconds()
        until = clock.elapsed() + within
        if self._team.members:
            log.info("Stopping: what runs may finish within %g s, what has not begun goes back.", within)
        for member in self._team.members:
            if member.ready:
                member.tell("stop")
            else:
                member.kill()
        while self._team.members:
            if signals.count > 1 or heartbeat.lost.is_set() or clock.elapsed() > until:
                self._kill_all()
            self._tick(heartbeat, clerk, signals)

    def _kill_all(self) -> None:
        for member in self._team.members:
            if member.ended_at is None and (member.began or member.ready):
                self._killed = True
            member.kill()

    def _farewell(self, using: str, heartbeat: Heartbeat, written: bool) -> int:
        code = self._exit_code(heartbeat)
        if self._team.broken:
            log.error("The children cannot start. The last one said:\n%s", self._team.broken)
        if not written:
            log.error(
                "The database did not answer: what was running is taken over when the lease has run out."
            )
        try:
            rows.stop(self._id, f"exit status {code}", using=using, now=clock.now(using))
        except Error as error:
            log.error("The end could not be written down: %s", error)
        connections[using].close()
        log.info("Stopped with exit status %s.", code)
        return code

    def _exit_code(self, heartbeat: Heartbeat) -> int:
        if heartbeat.lost.is_set():
            log.error("The lease was lost: another supervisor has taken over. Everything here was ended.")
            return KILLED
        if self._killed or self._team.broken:
            return KILLED
        if self._team.handed_back:
            return HANDED_BACK
        return SOME_FAILED if self._options.once and self._team.failed else FINISHED
