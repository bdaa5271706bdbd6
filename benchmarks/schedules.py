"""The schedules that a measure asks for: BENCH_SCHEDULES is `planned:10000:60`, `punctual:1:1` or nothing."""

from __future__ import annotations

from typing import Any


def declared(asked: str) -> dict[str, dict[str, Any]]:
    """Entries of ROTA["SCHEDULES"]: so many of a kind, due every so many seconds."""
    if not asked:
        return {}
    kind, number, period = asked.split(":")
    entry = {
        "task": f"benchmarks.project.tasks.{TASKS[kind]}",
        "calendar": f"every {period} seconds",
        "overlap": "allow",
        "args": ["x"] if TASKS[kind] == "nothing" else [],
    }
    return {f"{kind}-{n}": entry for n in range(int(number))}


TASKS = {"planned": "nothing", "punctual": "punctual", "idle": "nothing"}
