"""A schedule of one second: how long after each promised instant its task reaches its first line."""

from __future__ import annotations

from benchmarks import marks
from benchmarks.figures import Round, percentile
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import working
from benchmarks.systems.rota import Queue
from rota.models import Run

START = 3
"""Instants left out at the beginning, while the processes come up."""


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`late50`, `late99`: milliseconds; `instants_missed`: how many had no run."""
    marks.forget()
    wanted = sizes.instants + START
    with working([queue.team()]) as staff:
        staff.until(lambda: len(marks.noted()) >= wanted, wanted + 60, "the last instant", every=0.1)
    taken = [1000 * value for value in marks.noted()[START:wanted]]
    return {
        "late50": percentile(taken, 0.5),
        "late99": percentile(taken, 0.99),
        "instants_missed": _missed(wanted),
    }


def _missed(wanted: int) -> float:
    runs = Run.objects.filter(state="SUCCESSFUL", due_at__isnull=False).order_by("due_at")
    watched = [due.timestamp() for due in runs.values_list("due_at", flat=True) if due][START:wanted]
    return round(watched[-1] - watched[0]) + 1 - len(watched)
