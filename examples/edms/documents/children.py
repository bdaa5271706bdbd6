"""The processes that the demo starts: their output line by line behind a name, and an end for all of them."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
PATIENCE = 20.0
"""Seconds that a process has to stop by itself."""


class Child:
    """`manage.py` with these arguments, in a group of its own, so that Ctrl-C reaches it through us alone."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], out: TextIO) -> None:
        self.name = name
        self._out = out
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(MANAGE), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env=environment, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._tell, daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code is None:
            self._process.terminate()

    def wait(self) -> int:
        """Its exit code; killed when it does not end in time."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(2)
        return code

    def _tell(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._out.write(f"{self.name:<5}| {line.rstrip()}\n")
            self._out.flush()
