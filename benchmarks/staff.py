"""Worker processes of any system: started, waited for, and gone at the end, whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STOP_WITHIN = 10.0
"""Seconds that workers have to end by themselves; what they still do is no part of any figure."""

FAILED = 3
"""The exit code of a measuring process whose last line on stderr says why it could not go on."""


class Failed(Exception):
    """A measure cannot go on; the message says why, with the worker's last words."""


def end_on_sigterm() -> None:
    """Let SIGTERM unwind this process, so that everything it has started is stopped."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


class Staff:
    """The processes that a measure has started, and the file into which they write."""

    def __init__(self, commands: list[list[str]], folder: Path) -> None:
        self.log = folder / "workers.log"
        self.processes: list[subprocess.Popen[bytes]] = []
        with self.log.open("ab") as out:
            for command in commands:
                # A folder of its own: some programs look for their tasks in the current one.
                started = subprocess.Popen(
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
                self.processes.append(started)

    def until(self, fact: Callable[[], bool], within: float, what: str, every: float = 0.005) -> None:
        """Wait for a fact. Raises Failed when a worker dies, or `within` seconds have passed."""
        if not self.until_or_late(fact, within, every):
            raise Failed(f"{what}: not within {within:g} s; {self._last_words()}")

    def until_or_late(self, fact: Callable[[], bool], within: float, every: float = 0.005) -> bool:
        """The same, but False when it took too long."""
        end = time.monotonic() + within
        while not fact():
            dead = [process for process in self.processes if process.poll() is not None]
            if dead:
                raise Failed(f"a worker ended with {dead[0].returncode}; {self._last_words()}")
            if time.monotonic() > end:
                return False
            time.sleep(every)
        return True

    def stop(self) -> None:
        """Ask all to end, then end them."""
        self._tell(signal.SIGTERM)
        end = time.monotonic() + STOP_WITHIN
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        self._tell(signal.SIGKILL)
        for process in self.processes:
            process.wait()

    def _tell(self, number: signal.Signals) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def _last_words(self) -> str:
        """The last line of the log; all of it goes to stderr, for whoever wants to know more."""
        text = self.log.read_text(errors="replace").strip()
        print(text, file=sys.stderr)
        return f"its log ends: {text.splitlines()[-1] if text else '(empty)'}"


@contextlib.contextmanager
def working(commands: list[list[str]]) -> Iterator[Staff]:
    """Run these commands while the block runs."""
    with tempfile.TemporaryDirectory(prefix="rota-bench-") as folder:
        staff = Staff(commands, Path(folder))
        try:
            yield staff
        finally:
            staff.stop()
