"""Every example in the README and the docs works: Python is run, command lines are parsed, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from rota.management.commands.rota import Command
from tests.docs.blocks import ROOT, pages

LINE = re.compile(r"(?:^|[$`] ?)python manage\.py (rota [a-z][^`#\n]*)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)")


def test_every_python_example_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.blocks"],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 12


def command_lines() -> list[tuple[str, str]]:
    return [(page.name, line.strip()) for page in pages() for line in LINE.findall(page.read_text())]


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_every_command_line_is_understood(page: str, line: str) -> None:
    parser = Command().create_parser("manage.py", "rota")
    try:
        parser.parse_args(shlex.split(line)[1:])
    except (SystemExit, CommandError) as refused:
        pytest.fail(f"{page}: {line}: {refused}")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]
    assert missing == []
