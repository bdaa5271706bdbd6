"""Twenty schedules at every second, with different policies, and leases short enough to see them run out."""

from __future__ import annotations

from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos"]

POLICIES: list[dict[str, Any]] = [
    *[{"catch_up": "all", "overlap": "allow"}] * 10,
    *[{"catch_up": "latest", "overlap": "skip"}] * 5,
    *[{"catch_up": "none", "overlap": "queue"}] * 3,
    *[{"catch_up": "ask", "overlap": "allow"}] * 2,
]

ROTA = {
    "HEARTBEAT": 0.5,
    "LEASE": 3,
    "STOP_WITHIN": 10,
    # What fell between two lives of the schedulers is an outage here, so that each policy has something to decide.
    "LATE_AFTER": 2,
    "SCHEDULES": {
        f"c{number:02}": {
            "task": "tests.chaos.tasks.witnessed",
            "calendar": "every 1 second",
            "kwargs": {"number": number},
            **policy,
        }
        for number, policy in enumerate(POLICIES)
    },
}
