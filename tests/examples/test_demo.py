"""`manage.py demo`, as a person starts it: from nothing to schedules that run, and to a clean end."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT

MANAGE = ROOT / "examples" / "edms" / "manage.py"
WITHIN = 60.0
"""Seconds from the first line until schedules visibly run on real data."""


class Demo:
    """The demo's process, its output so far and a browser without a window."""

    def __init__(self, var: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = var / "demo.log"
        environment = {**os.environ, "EDMS_VAR": str(var), "PYTHONUNBUFFERED": "1"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(MANAGE), "demo", "--port", str(self.port)],
                env=environment,
                stdout=out,
                stderr=out,
            )
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    @property
    def at(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        return self.log.read_text()

    def page(self, address: str = "/admin/dashboard") -> str:
        return self.browser.open(self.at + address).read().decode()

    def log_in(self) -> None:
        address = f"{self.at}/admin/login/?next=/admin/dashboard"
        html = self.browser.open(address).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
        assert token
        form = {"username": "admin", "password": "rota-demo", "csrfmiddlewaretoken": token[1]}
        self.browser.open(address, urllib.parse.urlencode(form).encode())

    def until(self, fact: str, look: object, within: float = WITHIN) -> None:
        """Wait for a fact; what cannot be reached yet is not yet so."""
        give_up = time.monotonic() + within
        while time.monotonic() < give_up:
            assert self.process.poll() is None, self.output()[-3000:]
            try:
                if look():  # type: ignore[operator]
                    return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.2)
        pytest.fail(f"not within {within:.0f} s: {fact}\n{self.output()[-3000:]}")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    found = Demo(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.terminate()
        found.process.wait(40)


@pytest.mark.processes
def test_from_nothing_to_running_schedules_to_a_clean_end(demo: Demo) -> None:
    demo.until("the address", lambda: f"{demo.at}/admin/scheduler/monitoring/" in demo.output())
    demo.until("the login page", lambda: demo.page("/admin/login/"))
    demo.log_in()
    demo.until("the outage is told", lambda: "every one is accounted for" in demo.page())
    page = demo.page()
    for text in ("recovered", "superseded", "skipped", "missed", "Manual only", "Clean up old results"):
        assert text in page, text
    demo.until("real work was done", lambda: "Task documents.tasks.process_effective_dates" in demo.output())
    demo.until("a retry", lambda: "(attempt 2/4)" in demo.output())
    words = demo.output()
    assert "web  |" in words and "rota |" in words and "rota-demo" in words

    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(40) == 0
    assert "Stopped." in demo.output()
    with pytest.raises(urllib.error.URLError):
        demo.page()


def test_a_port_that_is_taken_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**os.environ, "EDMS_VAR": str(tmp_path)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        done = subprocess.run(
            [sys.executable, str(MANAGE), "demo", "--port", port],
            env=environment,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1 and f"Port {port} is taken" in done.stderr
    assert "Preparing" not in done.stdout
