"""The verbs of `manage.py rota`, in the order of its help."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Protocol, cast

from rota.management.output import Output
from rota.management.verbs import (
    accept_clock,
    audit,
    batch,
    cancel,
    create,
    dead,
    discard,
    drop,
    edit,
    failed,
    held,
    log,
    next_runs,
    now,
    pause,
    prune,
    release,
    resume,
    retire,
    retry,
    run,
    runs,
    schedules,
    show,
    status,
    sync,
    why,
    workers,
)


class Verb(Protocol):
    """What a module of `rota.management.verbs` offers."""

    HELP: str

    def arguments(self, parser: ArgumentParser) -> None:
        """Add the verb's own arguments."""

    def run(self, options: Namespace, out: Output) -> int:
        """Do it, and return the exit code."""


VERBS: dict[str, Verb] = {
    name: cast(Verb, module)
    for name, module in {
        "run": run, "now": now, "schedules": schedules, "next": next_runs, "why": why, "runs": runs,
        "show": show, "log": log, "pause": pause, "resume": resume, "cancel": cancel, "failed": failed, "dead": dead,
        "batch": batch, "retry": retry, "discard": discard, "held": held, "release": release, "drop": drop,
        "create": create, "edit": edit, "retire": retire, "sync": sync, "prune": prune, "workers": workers,
        "status": status, "accept-clock": accept_clock, "audit": audit,
    }.items()
}  # fmt: skip
