"""The command line, in this process (`rota`) and as people start it (`manage`)."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from rota import clock
from rota.schedules import edit, registry
from tests.project import tasks

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclasses.dataclass
class Answer:
    """What came out, and the exit code."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def project(transactional_db):
    """Two schedules, at noon."""
    with registry.apart(), clock.frozen(NOW):
        schedule("sums.daily", "0 8 * * *", tasks.add, args=[1, 2], title="Sums")
        schedule("fails", "@hourly", tasks.fail)
        yield


def schedule(key, calendar, target, now=NOW, **given):
    return edit.create(key, calendar, target, by="Ana", using="default", now=now, **given).schedule


def rota(*words: str) -> Answer:
    """`manage.py rota …` in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("rota", *words, stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(str(error))
        code = error.returncode
    except SystemExit as error:
        code = int(error.code or 0)
    return Answer(out.getvalue(), err.getvalue(), code)


def manage(*words: str, **environment: str) -> Answer:
    """`manage.py rota …` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "rota", *words],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
        capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Answer(done.stdout.decode(), done.stderr.decode(), done.returncode)
