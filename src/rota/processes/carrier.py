"""The worker's thread that talks to the database: it claims, gives back and stores, and never calls user code."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import Error

from rota import clock, conf
from rota.execution.lines import lines
from rota.ledger.claim import Claimed, claim
from rota.ledger.lookout import Lookout
from rota.ledger.release import hand_back
from rota.models import Run, State
from rota.processes import journal, rows
from rota.processes.options import Options
from rota.processes.pace import Pace
from rota.processes.slate import Slate
from rota.processes.storing import store
from rota.processes.timepiece import Timepiece
from rota.processes.tray import ENOUGH, Tray

log = logging.getLogger("rota")

OUTCOME_WAITS = 0.02
STALLED = 0.05
AFTER_A_HINT = 0.05
ASK_AGAIN = 0.005
LONGEST_REST = 5.0
NOT_AT_ONCE = 1.0
"""Seconds before a run that could not be begun is tried again."""
LONG = timedelta(seconds=30)
"""After so long a run that must be alone makes a worker with several slots wait until it has none in work."""
DOUBT = 5.0
"""Seconds after an error in a claim in which its transaction is mostly committed by the server, if at all."""
SELDOM = 30.0
"""Seconds between two looks after that: a server may hang in a COMMIT for as long as it waits for its standby."""


class Carrier:
    """`step` does what is to be done now and returns how long to wait for news, in seconds."""

    def __init__(
        self,
        holder: uuid.UUID,
        options: Options,
        tray: Tray,
        pace: Pace,
        slate: Slate,
        timepiece: Timepiece,
        using: str,
    ) -> None:
        self._holder, self._options, self._using = holder, options, using
        self._tray, self._pace, self._slate, self._time = tray, pace, slate, timepiece
        self._unknown: set[str] = set()
        self._lookout = Lookout(options.queues, using=using)
        self._noted = True
        self._hinted_until = 0.0
        self._doubts: list[float] = []
        self.pass_on: Callable[[], None] = lambda: None
        """Called when this worker was idle and has got something: there may be more, for another one."""
        self.poll = options.poll
        self.stopping = False
        self.handed_back = 0
        self.failed = 0

    def hint(self) -> None:
        """Something is ready, or is about to be: keep asking for a moment."""
        self._hinted_until = clock.elapsed() + AFTER_A_HINT
        self._tray.tell()

    def rest(self, may: bool) -> None:
        """Whether what becomes ready is sure to be heard of: then an idle worker asks ten times more rarely."""
        self.poll = (
            max(self._options.poll, min(LONGEST_REST, self._options.poll * 10)) if may else self._options.poll
        )
        self._tray.tell()

    @property
    def finished(self) -> bool:
        """Whether this worker was told to stop and holds nothing any more."""
        return self.stopping and not self._tray.holds()

    def step(self) -> float:
        """One round. Raises the database's errors; then it is to be called again later."""
        journal.leave()
        self._time.set()
        self._give_back_refused()
        if self.stopping:
            self._hand_back(self._tray.recall())
        self._store_if_due()
        self._give_back_stalled()
        self._settle_doubts()
        if self.stopping or not self._tray.hungry:
            return self._until_news()
        return self._claim_some()

    def _claim_some(self) -> float:
        if not self._may_claim():
            return self.poll
        hinted = clock.elapsed() < self._hinted_until
        # Idle before the look: a hint that comes meanwhile is about what the look may not have seen.
        was_idle, self._slate.idle = self._slate.idle, True
        runs = self._claim() if self._lookout.look(again=hinted) else []
        self._slate.idle = not runs
        self._take_in(runs)
        if runs and was_idle:
            self.pass_on()
        if runs or self._lookout.remembered:
            return 0.0
        wait = ASK_AGAIN if hinted else self._nothing_ready()
        return min(wait, OUTCOME_WAITS) if self._tray.pressing else wait

    def _claim(self) -> list[Claimed]:
        limit = max(self._pace.size, self._tray.hungry)
        try:
            return claim(
                self._holder, self._options.queues, limit, using=self._using, unknown=self._unknown,
                lookout=self._lookout,
            )  # fmt: skip
        except Error:
            now = clock.elapsed()
            self._doubts = sorted([*self._doubts, now, now + DOUBT])[-4:]
            raise

    def _take_in(self, runs: Sequence[Claimed]) -> None:
        for run in runs:
            lines.line("Task %s[%s] received", run.task_path, run.run_id, may_wait=True)
        if runs:
            self._tray.fill(runs)

    def _may_claim(self) -> bool:
        """Only with the lease surely held: a supervisor that was stopped or cut off may have lost it by now."""
        return clock.elapsed() - self._slate.beat < conf.current().LEASE.total_seconds() * 2 / 3

    def _nothing_ready(self) -> float:
        """Seconds until the first run that is known is ready, at most `poll`."""
        # What has ended and is not stored yet may let others through a gate, or be tried again.
        if self._options.once and not self._tray.holds():
            self.stopping = True
            return 0.0
        return min(self.poll, self._lookout.wait if self._lookout.wait is not None else self.poll)

    def _until_news(self) -> float:
        if self._tray.outcomes():
            return max(0.0, OUTCOME_WAITS - self._tray.outcome_age)
        return STALLED

    def _store_if_due(self) -> None:
        endings = self._tray.outcomes()
        due = self._tray.blocked or self._tray.hungry or self.stopping or len(endings) >= ENOUGH
        if not endings or not (due or self._tray.outcome_age >= OUTCOME_WAITS):
            return
        self.failed += store(endings, using=self._using, now=self._time.now())
        self._slate.forget(endings)
        self._tray.stored(endings)

    def _hand_back(self, runs: Sequence[Claimed], after: float = 0.0) -> None:
        pairs = [(run.run_id, run.token) for run in runs]
        if not pairs:
            return
        try:
            given = hand_back(pairs, using=self._using, now=self._time.now(), after=after)
        except Error:
            self._doubts = sorted([clock.elapsed(), *self._doubts])
            raise
        if self.stopping:
            self.handed_back += given
        log.info("%s run(s) that had not begun were given back", given)

    def _give_back_stalled(self) -> None:
        """What must be alone and finds this worker busy goes to others, and not straight back into these hands; unless
        it has looked for an idle worker for long: then this one takes nothing else until it has begun."""
        stalled = self._tray.recall_stalled(STALLED, self._has_waited_long)
        self._hand_back([run for run in stalled if not run.alone])
        self._hand_back([run for run in stalled if run.alone], after=NOT_AT_ONCE)

    def _has_waited_long(self, run: Claimed) -> bool:
        return run.alone and self._time.now() - (run.run_after or run.enqueued_at) > LONG

    def _give_back_refused(self) -> None:
        refused = self._tray.refused()
        unknown = {run.task_path for run, is_unknown in refused if is_unknown}
        if unknown - self._unknown:
            log.error(
                "This worker's code does not know: %s. Their runs are left to others.",
                ", ".join(sorted(unknown)),
            )
            self._unknown |= unknown
            self._noted = False
        self._hand_back([run for run, is_unknown in refused if is_unknown])
        self._hand_back([run for run, is_unknown in refused if not is_unknown], after=NOT_AT_ONCE)
        if not self._noted:
            rows.note_unknown(self._holder, self._unknown, using=self._using)
            self._noted = True

    def _settle_doubts(self) -> None:
        """After an error in a claim or a return: what the ledger says is ours and is not in our hands goes back."""
        if not self._doubts or clock.elapsed() < self._doubts[0]:
            return
        known = self._tray.holds()
        mine = Run.objects.using(self._using).filter(held_by=self._holder, state=State.RUNNING)
        strays = [pair for pair in mine.values_list("pk", "token") if pair[0] not in known]
        hand_back([(pk, token) for pk, token in strays if token], using=self._using, now=self._time.now())
        self._doubts.pop(0)
        self._doubts = self._doubts or [clock.elapsed() + SELDOM]
