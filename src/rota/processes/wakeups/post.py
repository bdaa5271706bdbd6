"""From a hint to the children it concerns."""

from __future__ import annotations

import socket
from collections.abc import Callable

from rota.ledger.hints import ANY, Hint
from rota.processes.spec import SCHEDULER
from rota.processes.team import Team
from rota.processes.wakeups.listener import Listener


class Post:
    """Used in the supervisor's main thread, which alone talks to its children. `on_stop` looks for who is to stop."""

    def __init__(self, listener: Listener, team: Team, on_stop: Callable[[], None]) -> None:
        self._listener, self._team, self._on_stop = listener, team, on_stop

    @property
    def readable(self) -> socket.socket:
        """Becomes readable when there is something to deliver."""
        return self._listener.readable

    def deliver(self) -> None:
        """Pass on what was heard, and tell children that have not been told whether they may rest."""
        for hint in self._listener.hear():
            self._deliver(hint)
        for member in self._team.members:
            if member.ready and member.rests != self._listener.proven:
                member.rests = self._listener.proven
                member.tell("rest", member.rests)

    def _deliver(self, hint: Hint) -> None:
        how = "look" if hint.vague else "wake"
        for queue, runs in hint.queues.items():
            self._team.wake(runs, None if queue == ANY else [queue], how)
        if hint.schedules:
            for member in self._team.members:
                if member.role == SCHEDULER:
                    member.tell(how)
        if hint.stops:
            self._on_stop()
