"""What a worker holds, between the thread that talks to the database and those that perform.

Popping is owning: a run that was taken is begun, one that was not can go back. All methods may be called from any
thread; executors wait for work here, the carrier waits for news.
"""

from __future__ import annotations

import itertools
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence

from rota import clock
from rota.ledger.claim import Claimed
from rota.ledger.ending import Ending
from rota.processes.pace import Pace

ENOUGH = 200
"""Outcomes that are worth storing without waiting longer."""


class Tray:
    """Runs that wait, runs in work, outcomes that are not stored, runs to give back."""

    def __init__(self, executors: int, pace: Pace) -> None:
        lock = threading.RLock()
        self._work = threading.Condition(lock)
        self._news = threading.Condition(lock)
        self._executors = executors
        self._pace = pace
        self._waiting: deque[Claimed] = deque()
        self._busy: dict[uuid.UUID, Claimed] = {}
        self._done: list[Ending] = []
        self._unbegun: list[tuple[Claimed, bool]] = []
        self._moved = clock.elapsed()
        self._done_since = 0.0
        self._told = False
        self._closed = False

    def take(self) -> Claimed | None:
        """The next run, owned by the caller from now on; waits for it. None: there will be no more."""
        with self._work:
            told = False
            while not self._closed:
                if self._waiting and self._may_begin(self._waiting[0]):
                    claimed = self._begin()
                    if len(self._waiting) == self._room // 2:
                        self._tell()
                    return claimed
                if not told or self.blocked:
                    self._tell()
                    told = True
                self._work.wait()
            return None

    def put(self, ending: Ending, seconds: float) -> None:
        """A run has ended; its outcome waits to be stored."""
        with self._work:
            claimed = self._busy.pop(ending.run_id)
            self._pace.note(claimed.task_path, seconds)
            if not self._done:
                self._done_since = clock.elapsed()
            self._done.append(ending)
            if len(self._done) >= ENOUGH:
                self._tell()
            self._work.notify_all()

    def refuse(self, claimed: Claimed, *, unknown: bool) -> None:
        """A run that was taken and has not begun: it is to be given back."""
        with self._work:
            del self._busy[claimed.run_id]
            self._unbegun.append((claimed, unknown))
            self._tell()

    def fill(self, runs: Sequence[Claimed]) -> None:
        """Lay claimed runs out."""
        with self._work:
            self._waiting.extend(runs)
            self._moved = clock.elapsed()
            self._work.notify_all()

    def recall(self) -> list[Claimed]:
        """Take back everything that has not begun."""
        with self._work:
            found = list(self._waiting)
            self._waiting.clear()
            return found

    def recall_stalled(
        self, seconds: float, keep: Callable[[Claimed], bool] = lambda _: False
    ) -> list[Claimed]:
        """Take back what waits, if nothing has begun for that long: it would wait for a long run to end.

        What is to be kept stays first in line, and nothing else begins before it.
        """
        with self._work:
            if not self._busy or clock.elapsed() - self._moved < seconds:
                return []
            found = self.recall()
            self._waiting.extend(claimed for claimed in found if keep(claimed))
            return [claimed for claimed in found if not keep(claimed)]

    def refused(self) -> list[tuple[Claimed, bool]]:
        """Runs to give back, each with whether its task is unknown here. They are the caller's from now on."""
        with self._work:
            found, self._unbegun = self._unbegun, []
            return found

    def outcomes(self) -> list[Ending]:
        """What is not stored yet, oldest first."""
        with self._work:
            return list(self._done)

    def stored(self, endings: Sequence[Ending]) -> None:
        """These outcomes need not be kept any longer."""
        with self._work:
            gone = {id(ending) for ending in endings}
            self._done = [ending for ending in self._done if id(ending) not in gone]
            self._done_since = clock.elapsed()
            self._work.notify_all()

    def wait_for_room(self) -> None:
        """Wait until outcomes were stored."""
        with self._work:
            if self._done:
                self._work.wait()

    def holds(self) -> set[uuid.UUID]:
        """The runs that this worker knows to be in its hands."""
        with self._work:
            ids = {claimed.run_id for claimed in self._waiting} | set(self._busy)
            return ids | {ending.run_id for ending in self._done} | {c.run_id for c, _ in self._unbegun}

    def wait_for_news(self, seconds: float) -> None:
        """Return when an executor wants something, when `tell` was called, or after `seconds`."""
        with self._news:
            if not self._told:
                self._news.wait(seconds)
            self._told = False

    def tell(self) -> None:
        """Wake the thread that waits for news."""
        with self._news:
            self._tell()

    def close(self) -> None:
        """No executor gets another run."""
        with self._work:
            self._closed = True
            self._work.notify_all()

    @property
    def hungry(self) -> int:
        """How many runs are wanted: one for each executor that has nothing to do and nothing waiting for it; and while
        all that is known here is over soon, some ahead, so that nobody has to wait for the claim."""
        with self._work:
            held = [*self._busy.values(), *itertools.islice(self._waiting, 1)]
            if any(claimed.alone for claimed in held):
                return 0
            idle = 0 if self._waiting else self._executors - len(self._busy)
            if not held or len(self._waiting) > self._room // 2:
                return idle
            brisk = all(self._pace.brisk(claimed.task_path) for claimed in held)
            return idle + (self._room if brisk else 0)

    @property
    def _room(self) -> int:
        """How many may wait: a batch while everything is short, else one for each executor."""
        return max(self._pace.size, self._executors)

    @property
    def pressing(self) -> bool:
        """Whether outcomes wait to be stored, or soon will: runs wait that nobody tells about one by one."""
        with self._work:
            return bool(self._waiting or self._done)

    @property
    def busy(self) -> bool:
        """Whether anything has been taken and has not ended."""
        with self._work:
            return bool(self._busy)

    @property
    def outcome_age(self) -> float:
        """For how many seconds the oldest outcome has waited; 0 when there is none."""
        with self._work:
            return clock.elapsed() - self._done_since if self._done else 0.0

    @property
    def blocked(self) -> bool:
        """Whether a run may only begin once the outcomes before it are stored."""
        with self._work:
            return bool(self._waiting and self._done) and not self._pace.brisk(self._waiting[0].task_path)

    def _begin(self) -> Claimed:
        claimed = self._waiting.popleft()
        self._busy[claimed.run_id] = claimed
        self._moved = clock.elapsed()
        return claimed

    def _may_begin(self, claimed: Claimed) -> bool:
        """What must be alone shares the process with nothing; what may be long comes after stored outcomes."""
        others = self._busy.values()
        if others and (claimed.alone or any(other.alone for other in others)):
            return False
        return not self._done or self._pace.brisk(claimed.task_path)

    def _tell(self) -> None:
        self._told = True
        self._news.notify_all()
