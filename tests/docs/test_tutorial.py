"""The tutorial, followed to the letter in a new project: its files are written, its commands are run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
BLOCK = re.compile(
    r'^```(python title="(?P<title>[^"]+)"|console)\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)

FAILS = "limt=3"
"""The one command that the tutorial says will fail."""

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]


def steps() -> Iterator[tuple[str, str]]:
    """("write", "path\\ntext") and ("run", command), in the order of the page."""
    for block in BLOCK.finditer(TUTORIAL):
        if block["title"]:
            yield "write", f"{block['title']}\n{block['text']}"
            continue
        for line in block["text"].splitlines():
            if line.startswith("$ "):
                yield "run", line.removeprefix("$ ")


class Reader:
    """Somebody who does what the page says, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "PYTHONPATH": str(ROOT / "src"),
        }
        self.said: dict[str, str] = {}

    def follow(self, kind: str, what: str) -> None:
        if kind == "write":
            title, _, text = what.partition("\n")
            (self.folder / title).write_text(text)
        elif what.startswith("export "):
            name, _, value = what.removeprefix("export ").partition("=")
            self.environment[name] = value
        elif not what.startswith("pip "):
            self._run(what)

    def _run(self, line: str) -> None:
        words = shlex.split(line)
        command = [
            sys.executable,
            *(["-m", "django", *words[1:]] if words[0] == "django-admin" else words[1:]),
        ]
        if line.endswith("rota run"):
            self._run_for_a_while(command, line)
            return
        where = {"cwd": self.folder, "env": self.environment}
        done = subprocess.run(command, **where, capture_output=True, text=True, timeout=90)
        self.said[line] = done.stdout + done.stderr
        assert (done.returncode != 0) == (FAILS in line), f"{line}\n{self.said[line]}"

    def _run_for_a_while(self, command: list[str], line: str) -> None:
        """Until the first run has succeeded, as its log tells; then Ctrl-C."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        for said in process.stdout:
            self.said[line] = self.said.get(line, "") + said
            if "succeeded" in said:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        self.said[line] += rest
        assert process.returncode in (0, 75), self.said[line]


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for kind, what in steps():
        reader.follow(kind, what)
    said = reader.said
    assert "stock.count" in said["python manage.py rota schedules"]
    assert "Europe/Madrid" in said["python manage.py rota next invoices.send -n 3"]
    assert "limit" in said["python manage.py rota now invoices.send --arg limt=3"]
    assert "Traceback" not in "".join(said.values())
