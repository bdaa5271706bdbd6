"""A module whose import can be stopped: a worker that stands here has claimed a run and not begun it."""

from __future__ import annotations

from rota.compat import task
from tests.faults.held import stand
from tests.project.work_tasks import witness

stand("import", "late")


@task
def note(text: str) -> str:
    """Says that it ran."""
    witness(f"{text} START")
    return text
