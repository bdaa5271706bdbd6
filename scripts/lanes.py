"""Two suites side by side, on a machine with two cores; what they say is shown one after another."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_RUNNING: list[subprocess.Popen[bytes]] = []


class Lane:
    """Where one piece of work says what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._output = path.open("ab")

    def say(self, text: str) -> None:
        """One line of our own."""
        self._output.write(f"{text}\n".encode())
        self._output.flush()

    def run(self, command: Sequence[str], **options: Any) -> int:
        """Run a command whose output goes here; its exit status."""
        process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT, **options)
        _RUNNING.append(process)
        return process.wait()


def side_by_side(works: Sequence[Callable[[Lane], T]]) -> list[T]:
    """The results in order. Two at once where there are two cores: the suites start processes of their own."""
    lanes = min(2, os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(lanes) as pool:
        paths = [Path(folder) / str(number) for number in range(len(works))]
        futures = [pool.submit(_in_lane, work, path) for work, path in zip(works, paths, strict=True)]
        for path, future in zip(paths, futures, strict=True):
            _show(path, future)
        return [future.result() for future in futures]


def _in_lane(work: Callable[[Lane], T], path: Path) -> T:
    return work(Lane(path))


def end_all() -> None:
    """End the commands that still run."""
    for process in _RUNNING:
        if process.poll() is None:
            process.terminate()


def _show(path: Path, future: Future[Any]) -> None:
    """Print what comes into the file until the work is done."""
    shown = 0
    while True:
        done = future.done()
        text = path.read_bytes()[shown:] if path.exists() else b""
        sys.stdout.buffer.write(text)
        sys.stdout.flush()
        shown += len(text)
        if done:
            return
        time.sleep(0.2)
