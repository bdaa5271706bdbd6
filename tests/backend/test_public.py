"""`import rota`: the public names, and when they may be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rota

# What a project may write before its apps are ready: in settings.py, in apps.py, at the top of models.py.
EARLY = """
import sys
import rota
assert "django" not in sys.modules, "import rota is light"
rota.cron, rota.every, rota.at, rota.retry
assert "django" not in sys.modules, "calendars are pure"
rota.task, rota.scheduled, rota.schedule, rota.command, rota.enqueue_many
assert "rota.models" not in sys.modules, "declaring needs no models"
"""


@pytest.mark.processes
def test_what_declares_can_be_imported_before_settings_and_apps() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", EARLY], check=True, timeout=60)


@pytest.mark.parametrize("name", rota.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(rota, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'cronn'"):
        _ = rota.cronn  # type: ignore[attr-defined]
