"""The project of the deploy tests, in the release that `ROTA_RELEASE` names."""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.journeys.deploy"]

TASKS_OF = {"old": ("removed", "renamed", "kept"), "new": ("renamed_to", "kept", "added")}

ROTA = {
    "HEARTBEAT": 0.5,
    "LEASE": 3,
    "SCHEDULES": {
        name: {"task": f"tests.journeys.deploy.tasks.{name}", "calendar": "every 1 second"}
        for name in TASKS_OF[os.environ["ROTA_RELEASE"]]
    },
}
