"""The children of one supervisor: as many as there should be, again when one dies, none after the stop."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection

from rota import clock
from rota.processes.death import Death
from rota.processes.groups import Group
from rota.processes.member import Member
from rota.processes.options import Options
from rota.processes.spec import SCHEDULER, WORKER

log = logging.getLogger("rota")

GIVE_UP_AFTER = 5
"""Children in a row that could not even start."""
LONGEST_PAUSE = 5.0
AFTER_ITS_END = 5.0
"""Seconds for a child that has said goodbye to end: a task may have left a thread that never does."""


class Team:
    """`members` are the living ones. `broken` holds the error when children cannot start at all."""

    def __init__(self, supervisor: uuid.UUID, options: Options) -> None:
        self._id, self._options = supervisor, options
        self._groups = options.kinds
        self.members: list[Member] = []
        self.broken = ""
        self.handed_back = self.failed = 0
        self._early_deaths = 0
        self._not_before = 0.0
        self._scheduled = not options.scheduler
        """With `once`: the scheduler has done its work, the workers may begin."""
        self._drained = [0] * len(self._groups)
        """With `once`: how many workers of each group have found nothing more to do."""
        self._synced = False

    @property
    def workers(self) -> list[Member]:
        """The living workers."""
        return [member for member in self.members if member.role == WORKER]

    @property
    def done(self) -> bool:
        """With `once`: whether everything that was due is done."""
        pairs = zip(self._drained, self._groups, strict=True)
        drained = all(number >= group.processes for number, group in pairs)
        return self._options.once and self._scheduled and drained and not self.members

    def fill(self, held_at: float) -> None:
        """Start who is missing. From the main thread. `held_at`: when the lease was last known to be held."""
        if clock.elapsed() < self._not_before:
            return
        for group in self._missing():
            role, options = (SCHEDULER, self._options) if group is None else (WORKER, self._of(group))
            member = Member(role, self._id, options, group=group, synced=self._synced)
            member.slate.beat = held_at
            self.members.append(member)

    def bury(self, member: Member) -> Death:
        """Take leave of a member that has ended."""
        self.members.remove(member)
        death = member.bury()
        self.failed += member.failed
        self._synced |= member.synced
        if member.ended_at is not None:
            self._has_ended(member)
        else:
            self._has_died(member, death)
        return death

    def hear(self) -> list[tuple[object, ...]]:
        """What the members have to say to others."""
        heard: list[tuple[object, ...]] = []
        for member in self.members:
            for message in member.hear():
                member.take_note(message)
                heard.append(message)
        return heard

    def wake(self, runs: int, queues: Collection[str] | None = None, how: str = "wake") -> None:
        """Tell as many idle workers of each group as there are new runs; of those that serve one of these queues.

        `how`: wake has them keep asking for a moment, look has them ask once.
        """
        for number, group in enumerate(self._groups):
            if queues is None or any(group.serves(queue) for queue in queues):
                for member in [one for one in self._of_group(number) if one.slate.idle][:runs]:
                    member.tell(how)

    def end_the_late(self) -> None:
        """End who has said goodbye and does not go."""
        for member in self.members:
            if member.ended_at is not None and clock.elapsed() - member.ended_at > AFTER_ITS_END:
                member.kill()

    def _of(self, number: int) -> Options:
        return self._options.of(self._groups[number])

    def _of_group(self, number: int) -> list[Member]:
        """The living workers of this group, without those that make room for another."""
        return [member for member in self.workers if member.group == number and not member.leaving]

    def _missing(self) -> list[int | None]:
        """The group of each worker that is missing; None for the scheduler."""
        once, schedulers = self._options.once, len(self.members) - len(self.workers)
        missing: list[int | None] = []
        if self._options.scheduler and not schedulers and not (once and self._scheduled):
            missing.append(None)
        if self._scheduled or not once:
            for number, group in enumerate(self._groups):
                missing += [number] * self._lacks(number, group)
        return missing

    def _lacks(self, number: int, group: Group) -> int:
        return (
            group.processes
            - (self._drained[number] if self._options.once else 0)
            - len(self._of_group(number))
        )

    def _has_ended(self, member: Member) -> None:
        if member.group is None:
            self._scheduled = True
        elif not member.leaving:
            self._drained[member.group] += 1
            self.handed_back += member.handed_back

    def _has_died(self, member: Member, death: Death) -> None:
        # Who died by its work is replaced at once, as others wait for their turn; who did not will hardly do better.
        self._early_deaths = 0 if death.begun else self._early_deaths + 1
        pause = min(LONGEST_PAUSE, 0.1 * 2.0 ** min(self._early_deaths, 10)) if self._early_deaths else 0.0
        self._not_before = clock.elapsed() + pause
        if not member.killed:
            log.error("The %s %s died: %s", death.role, death.process_id, death.detail)
        if member.broken:
            log.error("It could not start: %s", member.broken.rstrip().rpartition("\n")[2])
        if not member.ready and self._early_deaths >= GIVE_UP_AFTER:
            self.broken = member.broken or f"The {death.role} ends before it has started: {death.detail}"
