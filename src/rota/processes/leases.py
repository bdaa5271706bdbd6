"""Other hosts' leases: who stands still for a whole lease, as seen from here, is dead, and what it held is freed."""

from __future__ import annotations

import dataclasses
import logging
import uuid
from collections.abc import Iterable

from rota import clock, conf
from rota.ledger.rescue import rescue
from rota.models import Process, Run, State
from rota.processes import rows
from rota.processes.spec import SUPERVISOR

log = logging.getLogger("rota")


@dataclasses.dataclass(frozen=True, slots=True)
class _Seen:
    beat: int
    since: float


class LeaseWatch:
    """Remembers each counter and since when, on this process's own elapsed time, it has stood still.

    The lease counts only while this watcher itself could see: after a failed look, or a pause of its own that is
    longer than `gap` seconds, it starts from nothing. So a database that was down kills nobody.
    """

    def __init__(self, lease: float, gap: float) -> None:
        self._lease, self._gap = lease, gap
        self._seen: dict[uuid.UUID, _Seen] = {}
        self._looked: float | None = None

    def look(self, beats: Iterable[tuple[uuid.UUID, int]], now: float) -> list[tuple[uuid.UUID, int]]:
        """The ids, with the beat they stopped at, whose lease has run out. `now` is `clock.elapsed()`."""
        if self._looked is not None and now - self._looked > self._gap:
            self._seen.clear()
        self._looked = now
        current: dict[uuid.UUID, _Seen] = {}
        for process_id, beat in beats:
            before = self._seen.get(process_id)
            current[process_id] = before if before and before.beat == beat else _Seen(beat, now)
        self._seen = current
        return [(pid, seen.beat) for pid, seen in current.items() if now - seen.since >= self._lease]

    def blind(self) -> None:
        """The database did not answer: nothing was seen."""
        self._seen.clear()


def watch() -> LeaseWatch:
    """A watch with the project's lease."""
    settings = conf.current()
    lease = settings.LEASE.total_seconds()
    return LeaseWatch(lease, gap=max(lease / 2, 2 * settings.HEARTBEAT.total_seconds()))


def take_over(dead: Iterable[tuple[uuid.UUID, int]], *, using: str) -> None:
    """Mark these supervisors as stopped, if their counter still stands where it was seen, and free their runs."""
    for process_id, beat in dead:
        now = clock.now(using)
        if rows.stop_if_still(process_id, beat, "lease ran out", using=using, now=now):
            log.error(
                "Supervisor %s has not been heard of for a whole lease: taking its runs over.", process_id
            )
    free_orphans(using=using)


def free_orphans(*, using: str, spare: frozenset[uuid.UUID] = frozenset()) -> int:
    """Free what workers hold whose supervisor is stopped, and what processes hold that are stopped or unknown.

    Nobody can say what of it had begun, so it goes back uncounted and is claimed alone from then on. Returns how
    many runs were freed. `spare` are this supervisor's own dead children, about whom it knows more.
    """
    # In this order: who registers while we read is then never taken for unknown.
    holders = set(_holders(using))
    children = list(Process.objects.using(using).filter(stopped_at__isnull=True, parent__isnull=False))
    alive = {supervisor.pk for supervisor in rows.live(SUPERVISOR, using=using)}
    orphans = {child.pk for child in children if child.parent not in alive}
    cared_for = {child.pk for child in children} - orphans
    freed = sum(_free(holder, using) for holder in (orphans | holders - cared_for) - spare)
    for orphan in orphans - spare:
        rows.stop(orphan, "its supervisor is gone", using=using, now=clock.now(using))
    return freed


def _holders(using: str) -> list[uuid.UUID]:
    running = Run.objects.using(using).filter(state=State.RUNNING, held_by__isnull=False)
    found = running.values_list("held_by", flat=True).order_by("held_by").distinct()
    return [holder for holder in found if holder is not None]


def _free(holder: uuid.UUID, using: str) -> int:
    detail = "The host that ran it is gone: its lease ran out."
    found = rescue(holder, begun=(), using=using, now=clock.now(using), detail=detail, suspects=True)
    for run_id in found.burned:
        log.error("Run %s was lost together with its host, and had been before: this attempt counts.", run_id)
    if found.returned:
        log.warning(
            "%s run(s) of the dead worker %s go back, each to be run alone.", len(found.returned), holder
        )
    return len(found.burned) + len(found.returned)
