"""The test project with a second database: a copy that stands still. All reads that nobody directs go there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.databases import settings_for
from tests.faults.settings import *  # noqa: F403
from tests.settings import DATABASES

COPY = os.environ["ROTA_TEST_COPY"]
DATABASES = {**DATABASES, "copy": settings_for(f"sqlite:///{COPY}")}


class ReadsFromTheCopy:
    """As people split reads from writes; it writes down which tables' reads it was asked about."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        with Path(f"{COPY}.asked").open("a") as asked:
            asked.write(f"{model._meta.label}\n")
        return "copy"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, *_: Any, **hints: Any) -> bool:
        return True


DATABASE_ROUTERS = [ReadsFromTheCopy()]
