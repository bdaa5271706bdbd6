"""Attempts that must end: past their hard timeout, or asked to stop and not stopping."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from rota import clock
from rota.models import Outcome
from rota.processes.death import Verdict
from rota.processes.member import Member
from rota.processes.slate import Slot

AFTER_ASKING = 5.0
"""Seconds between the exception in the task and the end of its process."""

Request = tuple[uuid.UUID, int, uuid.UUID]


class Reaper:
    """Remembers who was asked to stop, and when; names (run, token), never whatever runs there now."""

    def __init__(self) -> None:
        self._asked: dict[tuple[uuid.UUID, int], float] = {}

    def look(self, members: Iterable[Member], requests: Iterable[Request]) -> None:
        """Ask, and end whose time is up."""
        wanted = {(run_id, token) for run_id, token, _ in requests}
        for member in members:
            for slot in member.began:
                self._judge(member, slot, asked=(slot.run_id, slot.token) in wanted)
        self._asked = {key: since for key, since in self._asked.items() if key in wanted}

    def _judge(self, member: Member, slot: Slot, *, asked: bool) -> None:
        now, key = clock.elapsed(), (slot.run_id, slot.token)
        if now > slot.deadline:
            limit = f"{slot.deadline - slot.started:g} s"
            self._end(member, slot, Outcome.TIMED_OUT, f"It did not end within its hard timeout of {limit}.")
        elif asked and key not in self._asked:
            self._asked[key] = now
            member.tell("cancel", *key)
        elif asked and now - self._asked[key] > AFTER_ASKING:
            self._end(
                member, slot, Outcome.CANCELLED, "Somebody asked for it to be stopped, and it did not stop."
            )

    def _end(self, member: Member, slot: Slot, outcome: str, detail: str) -> None:
        # It may have ended since we looked: then the process is somebody else's by now.
        if slot in member.began:
            member.kill(Verdict(slot.run_id, slot.token, outcome, detail))
