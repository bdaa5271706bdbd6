"""What a child is told when it is started."""

from __future__ import annotations

import dataclasses
import uuid

from rota.processes.options import Options

WORKER, SCHEDULER, SUPERVISOR = "worker", "scheduler", "supervisor"


@dataclasses.dataclass(frozen=True)
class Spec:
    """Who the child is, whose, and with what options. `id` is random for each start."""

    role: str
    id: uuid.UUID
    supervisor: uuid.UUID
    parent_pid: int
    options: Options
    synced: bool = False
    """A scheduler of this supervisor has synced already: its code must not undo what a newer deploy wrote since."""
