"""How much memory the workers hold, with everything they have started; and what becomes of those that hold too much."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

import psutil

from rota import clock
from rota.models import Outcome
from rota.processes.death import Verdict
from rota.processes.member import Member
from rota.processes.slate import Slot
from rota.processes.tree import families

EVERY = 1.0
"""Seconds between two looks when there is a limit."""
FOR_SHOW = 5.0
"""Seconds between two looks when there is none."""
MEGABYTE = 1024 * 1024

Attempt = tuple[uuid.UUID, int]


class Scales:
    """`held` is what each worker was last seen to hold, in bytes: resident sets, so shared pages count twice."""

    def __init__(self) -> None:
        self.held: dict[uuid.UUID, int] = {}
        self._grown: dict[uuid.UUID, defaultdict[Attempt, float]] = {}
        self._looked = float("-inf")

    def look(self, members: Iterable[Member]) -> None:
        """Weigh them if it is time, ask who is above its limit to make room, and end who is far above."""
        workers = list(members)
        limited = any(member.spec.options.deadly_memory for member in workers)
        if clock.elapsed() - self._looked < (EVERY if limited else FOR_SHOW):
            return
        self._looked = clock.elapsed()
        sizes = _weighed([member for member in workers if member.alive])
        for member in workers:
            if member.spec.id in sizes:
                self._judge(member, sizes[member.spec.id])
        self._grown = {key: grown for key, grown in self._grown.items() if key in sizes}
        self.held = sizes

    def _judge(self, member: Member, size: int) -> None:
        options, began = member.spec.options, member.began
        self._share_out(member, size - self.held.get(member.spec.id, size), began)
        limit, deadly = options.max_memory, options.deadly_memory
        if deadly and size > deadly * MEGABYTE and began:
            worst = self._worst(member, began)
            detail = f"Its process held {_mb(size)}, more than the {deadly} MB at which it is killed."
            member.kill(Verdict(worst.run_id, worst.token, Outcome.LOST, detail))
        elif (limit or deadly) and size > (limit or deadly or 0) * MEGABYTE:
            member.tell("replace", f"it holds {_mb(size)}, more than {limit or deadly} MB")

    def _share_out(self, member: Member, grown: int, began: list[Slot]) -> None:
        """Nobody can see which run took the memory: each of those at work is held to have taken an equal part."""
        shares = self._grown.setdefault(member.spec.id, defaultdict(float))
        for slot in began:
            shares[slot.run_id, slot.token] += max(0, grown) / len(began)

    def _worst(self, member: Member, began: list[Slot]) -> Slot:
        """Whose part is the largest; of equals, who began last."""
        shares = self._grown[member.spec.id]
        return max(began, key=lambda slot: (shares[slot.run_id, slot.token], slot.started))


def _weighed(workers: list[Member]) -> dict[uuid.UUID, int]:
    found = families([member.process.pid or 0 for member in workers])
    sizes = {}
    for member in workers:
        pid = member.process.pid or 0
        member.tree.known = found[pid]
        sizes[member.spec.id] = sum(map(_resident, [pid, *(one.pid for one in found[pid])]))
    return sizes


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:.0f} MB"
