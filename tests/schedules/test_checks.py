"""`manage.py check`: each code, in a project that is wrong in this one way, and none in one that is right."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.checks import CheckMessage, run_checks

import rota
from rota import checks
from rota.backend import RotaBackend
from rota.schedules import registry
from tests.project import tasks

# Django's own checks ask the database what it can.
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test declares is gone after it."""
    with registry.apart():
        yield


def found(code: str) -> CheckMessage:
    """The one message of rota with this code, found the way `manage.py check` finds it."""
    messages = [message for message in run_checks(tags=["rota"]) if message.id == code]
    assert len(messages) == 1, run_checks(tags=["rota"])
    assert messages[0].hint
    return messages[0]


def test_a_project_that_is_right_has_no_message() -> None:
    rota.schedule("right", "@daily", tasks.urgent)
    rota.schedule("addition", "every 60 seconds", rota.command("run_addition_task", x=10, y=20))
    assert run_checks(tags=["rota"]) == []


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"CATCHUP": "all"}, "Did you mean CATCH_UP"),
        ({"LEASE": 1}, "at least three heartbeats"),
        ({"WORKERS": [{"thread": 2}]}, "worker 1: unknown option 'thread'; known are queues"),
        ("latest", "expected a dict"),
    ],
)
def test_wrong_settings(settings: Any, value: Any, says: str) -> None:
    settings.ROTA = value
    assert says in found("rota.E002").msg


def test_times_without_a_zone(settings: Any) -> None:
    settings.USE_TZ = False
    assert "USE_TZ = True" in found("rota.E003").msg


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"BACKEND": "rota.backnd.RotaBackend"}, "No module named 'rota.backnd'"),
        ({"BACKEND": "rota.backend.Backend"}, "Backend"),
        ({}, "BACKEND"),
    ],
)
def test_a_backend_that_cannot_be_made_is_no_traceback(settings: Any, entry: Any, says: str) -> None:
    settings.TASKS = {"default": {"BACKEND": checks.OURS}, "other": entry}
    message = found("rota.E004")
    assert says in message.msg and "TASKS['other']" in message.msg
    if "backnd" in says:
        assert f"Did you mean {checks.OURS}?" in str(message.hint)
    assert run_checks()


def test_another_backends_own_check_still_runs(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told = CheckMessage(30, "from the backend", id="x.W001")
    monkeypatch.setattr(RotaBackend, "check", lambda self, **_: [told])
    assert told in run_checks()


def test_no_backend_of_ours(settings: Any) -> None:
    framework = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
    settings.TASKS = {"default": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"}}
    assert checks.OURS in str(found("rota.W001").hint)


def test_a_module_or_a_declaration_that_is_wrong(settings: Any) -> None:
    settings.ROTA = {"SCHEDULES": {"nightly": {"task": "tests.project.tasks.urgnt", "calendar": "@daily"}}}
    assert "Did you mean tests.project.tasks.urgent?" in found("rota.E005").msg


def test_a_queue_that_the_backend_has_not() -> None:
    rota.schedule("queued", "@daily", tasks.urgent, queue_name="defalt")
    message = found("rota.E006")
    assert "'queued'" in message.msg and "Did you mean default?" in message.msg


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("run_adition_task",), "Did you mean run_addition_task?"),
        (("copy_files",), "needs the argument 'number'"),
    ],
)
def test_a_command_that_cannot_be_called(command: tuple[str], says: str) -> None:
    rota.schedule("addition", "@daily", rota.command(*command))
    assert says in found("rota.E007").msg


def test_a_variable_that_is_no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    rota.schedule("nightly", "@daily", tasks.urgent)
    monkeypatch.setenv("ROTA_SCHEDULE_NIGHTLY", "soonish")
    assert "ROTA_SCHEDULE_NIGHTLY" in found("rota.E008").msg


def test_a_calendar_that_never_fires(monkeypatch: pytest.MonkeyPatch) -> None:
    rota.schedule("never", "0 0 31 2 *", tasks.urgent)
    assert "'never'" in found("rota.W003").msg
    monkeypatch.setenv("ROTA_SCHEDULE_NEVER", "off")
    assert run_checks(tags=["rota"]) == []


def test_two_keys_of_one_variable() -> None:
    rota.schedule("a.b", "@daily", tasks.urgent)
    rota.schedule("a:b", "@daily", tasks.urgent)
    assert "'a.b' and 'a:b'" in found("rota.W004").msg


def test_a_variable_of_no_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    rota.schedule("nightly", "@daily", tasks.urgent)
    monkeypatch.setenv("ROTA_SCHEDULE_NIGHTLI", "off")
    assert "Did you mean ROTA_SCHEDULE_NIGHTLY?" in found("rota.W005").msg


PROJECT = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["rota"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "project.sqlite3"}}
TASKS = {"default": {"BACKEND": "rota.backend.RotaBackend"}}
"""


def check(folder: Path, settings: str) -> subprocess.CompletedProcess[str]:
    """`django-admin check` in a project of its own."""
    (folder / "its_settings.py").write_text(settings, encoding="utf-8")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "its_settings"}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-W", "error", "-m", "django", "check", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.processes
def test_a_fresh_project_is_told_the_options_of_sqlite(tmp_path: Path) -> None:
    first = check(tmp_path, PROJECT)
    assert first.returncode == 1
    assert "rota.W002" in first.stderr and "Traceback" not in first.stderr
    options = PROJECT + 'DATABASES["default"] |= {' + checks.SQLITE_OPTIONS + "}\n"
    second = check(tmp_path, options)
    assert second.returncode == 0, second.stderr


@pytest.mark.processes
def test_a_broken_backend_is_found_though_nothing_imports_it(tmp_path: Path) -> None:
    told = check(tmp_path, PROJECT.replace("rota.backend", "rota.backnd"))
    assert told.returncode == 1
    assert "rota.E004" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.processes
def test_the_backport_is_asked_for_where_django_has_no_tasks(tmp_path: Path) -> None:
    """The backport is hidden as if it were not installed. From Django 6.0 on nobody misses it."""
    told = check(tmp_path, "import sys\nsys.modules['django_tasks'] = None\n" + PROJECT)
    assert told.returncode == 1 and "Traceback" not in told.stderr
    missed = "rota.E001" in told.stderr and "django-rota[django52]" in told.stderr
    assert missed == (django.VERSION < (6, 0))
