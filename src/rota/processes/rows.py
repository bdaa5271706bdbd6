"""The Process rows: who lives, who is whose child, who has ended and how."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from django.db.models import F

from rota import clock
from rota.ledger.connections import writing
from rota.models import Process
from rota.timing import tz_version

KEEP_UNKNOWN = 1000
"""Task paths listed per process at most."""


def name_of(pid: int) -> str:
    """A process's name for people: host and process id."""
    return f"{socket.gethostname()}:{pid}"


def register(
    process_id: uuid.UUID,
    kind: str,
    *,
    using: str,
    parent: uuid.UUID | None = None,
    queues: Sequence[str] = (),
    slots: int = 1,
    mode: str | None = None,
) -> None:
    """Write the row of this very process; does nothing when it is there."""
    now = clock.now(using)
    values = {
        "kind": kind, "parent": parent, "host": socket.gethostname(), "pid": os.getpid(), "started_at": now,
        "last_heartbeat_at": now, "queues": list(queues), "slots": slots, "mode": mode, "code_version": _code_version(),
    }  # fmt: skip
    with writing(using):
        Process.objects.using(using).get_or_create(id=process_id, defaults=values)


def beat(process_id: uuid.UUID, *, using: str, now: datetime) -> bool:
    """Raise the lease's counter. False: the row is gone or was stopped, the lease is lost."""
    with writing(using):
        row = Process.objects.using(using).filter(pk=process_id, stopped_at__isnull=True)
        return bool(row.update(beat=F("beat") + 1, last_heartbeat_at=now))


def stop(process_id: uuid.UUID, end: str, *, using: str, now: datetime) -> bool:
    """Say that a process has ended, and how. False when somebody said so before."""
    with writing(using):
        row = Process.objects.using(using).filter(pk=process_id, stopped_at__isnull=True)
        return bool(row.update(stopped_at=now, end=end[:300]))


def stop_if_still(process_id: uuid.UUID, seen_beat: int, end: str, *, using: str, now: datetime) -> bool:
    """Take the lease from a supervisor whose counter is still `seen_beat`. Of two who try, one wins."""
    with writing(using):
        row = Process.objects.using(using).filter(pk=process_id, stopped_at__isnull=True, beat=seen_beat)
        return bool(row.update(stopped_at=now, end=end[:300]))


def forget(before: datetime, *, using: str) -> None:
    """Remove the rows of processes that ended before `before`."""
    with writing(using):
        Process.objects.using(using).filter(stopped_at__lt=before).delete()


def note_unknown(process_id: uuid.UUID, task_paths: Collection[str], *, using: str) -> None:
    """Say which tasks this process met and does not know."""
    with writing(using):
        Process.objects.using(using).filter(pk=process_id).update(unknown=sorted(task_paths)[:KEEP_UNKNOWN])


def note_memory(held: Mapping[uuid.UUID, int], *, using: str) -> None:
    """Say how many bytes of memory these processes hold."""
    with writing(using):
        for process_id, size in held.items():
            Process.objects.using(using).filter(pk=process_id).update(memory=size)


def note_mode(process_id: uuid.UUID, mode: str | None, *, using: str) -> None:
    """Say how this process does its work."""
    with writing(using):
        Process.objects.using(using).filter(pk=process_id).update(mode=mode)


def live(kind: str, *, using: str) -> list[Process]:
    """The processes of this kind whose row is not stopped."""
    return list(Process.objects.using(using).filter(stopped_at__isnull=True, kind=kind).order_by("pk"))


def first_of_its_kind(process_id: uuid.UUID, *, using: str) -> bool:
    """Whether no other known process of this kind ran this version of rota with this tz database."""
    me = Process.objects.using(using).get(pk=process_id)
    others = Process.objects.using(using).filter(kind=me.kind, code_version=me.code_version)
    return not others.exclude(pk=process_id).exists()


def _code_version() -> str:
    try:
        own = version("django-rota")
    except PackageNotFoundError:  # run from a checkout that is not installed
        own = "unknown"
    return f"{own}, tz {tz_version()}"[:100]
