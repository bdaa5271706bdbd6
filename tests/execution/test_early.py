"""What a project did before rota was imported: receivers that it connected, connections that it opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = """
import json, logging, django
from django.conf import settings; settings.DATABASES
try:
    from django.tasks import signals
except ImportError:
    from django_tasks import signals

def receive(**_):
    pass
"""
HEARD = """
django.setup()
from rota import compat
logging.getLogger(compat.TASKS_LOGGER).setLevel(logging.CRITICAL)
print(json.dumps([compat.heard(compat.task_started), compat.heard(compat.task_finished)]))
"""
CLEANED = """
from django.db import connection
connection.cursor().execute("SELECT 1")
django.setup()
from rota.execution import hygiene
with hygiene.clean_connections():
    connection.cursor().execute("BEGIN")
open_ = connection.connection
print(json.dumps(bool(open_ and open_.in_transaction)))
"""


def said(folder: Path, code: str) -> object:
    """What a new process says, in which nothing of rota was imported."""
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ROTA_TEST_DATABASE": f"sqlite:///{folder}/early.sqlite3",
    }
    found = subprocess.run(
        [sys.executable, "-c", BEFORE + code], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(found.stdout)


@pytest.mark.parametrize(
    ("connect", "heard"),
    [
        ("", [False, False]),
        ("signals.task_started.connect(receive)", [True, False]),
        ("signals.task_finished.connect(receive)", [False, True]),
        ("signals.task_finished.connect(receive, weak=False)", [False, True]),
    ],
    ids=["nobody", "started", "finished", "strongly"],
)
def test_a_receiver_that_came_first_is_heard(tmp_path: Path, connect: str, heard: list[bool]) -> None:
    assert said(tmp_path, connect + HEARD) == heard


def test_a_connection_that_was_opened_first_is_left_clean(tmp_path: Path) -> None:
    assert said(tmp_path, CLEANED) is False
