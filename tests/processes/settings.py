"""The test project for supervisors that a test starts: `ROTA_TEST_SETTINGS` holds the ROTA dict as JSON."""

from __future__ import annotations

import json
import multiprocessing
import os

from tests.settings import *  # noqa: F403

ROTA = json.loads(os.environ.get("ROTA_TEST_SETTINGS", "{}"))

if os.environ.get("ROTA_TEST_BREAK_CHILDREN") and multiprocessing.parent_process() is not None:
    raise RuntimeError("broken on purpose")
