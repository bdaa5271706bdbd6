"""What tasks leave behind for the measuring process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from benchmarks import marks, work

TASK = "from benchmarks import work; [work.nothing('x') for _ in range(3)]"
FORK = """
import os
from benchmarks import work
work.nothing("x")
if os.fork() == 0:
    work.nothing("x")
    os._exit(0)
os.wait()
work.nothing("x")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BENCH_MARKS", str(tmp_path))
    monkeypatch.setattr(marks, "_own", None)
    return tmp_path


def test_before_any_task_there_is_nothing(folder: Path) -> None:
    assert marks.seen() == marks.Seen(0, 0.0, 0.0)
    assert marks.noted() == []


def test_tasks_of_several_processes_are_added_up_between_first_and_last(folder: Path) -> None:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", TASK], check=True)
    between = time.monotonic()
    subprocess.run([sys.executable, "-c", TASK], check=True)
    seen = marks.seen(folder)
    assert seen.count == 6
    assert begun < seen.first < between < seen.last < time.monotonic()


def test_the_first_task_of_a_process_stays_the_first(folder: Path) -> None:
    work.nothing("x")
    first = marks.seen().first
    work.nothing("x")
    assert marks.seen().first == first
    assert marks.seen().last > first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_worker_has_a_share_of_its_own(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", FORK], check=True)
    assert len(list(folder.glob("*.mark"))) == 2
    assert marks.seen(folder).count == 3


def test_threads_of_one_process_lose_no_mark(folder: Path) -> None:
    threads = [threading.Thread(target=lambda: [work.nothing("x") for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks.seen().count == 2000


def test_a_stamp_notes_how_long_it_took(folder: Path) -> None:
    work.stamp(repr(time.monotonic() - 5))
    [noted] = marks.noted()
    assert noted > 5
    assert marks.seen().count == 1


def test_what_is_forgotten_is_gone(folder: Path) -> None:
    work.stamp(repr(time.monotonic()))
    marks.forget()
    assert marks.seen().count == 0
    assert marks.noted() == []
