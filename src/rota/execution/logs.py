"""What a task logs and prints is kept with its attempt."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from rota.execution.texts import Captured

_CAPTURED: ContextVar[Captured | None] = ContextVar("rota_captured", default=None)


class AttemptHandler(logging.Handler):
    """On the root logger: gives each record to the attempt in whose context it was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, and the traceback if there is one."""
        captured = _CAPTURED.get()
        if captured is None:
            return
        try:
            captured.write(self.format(record) + "\n")
        except Exception as error:  # noqa: BLE001 - a record whose arguments do not fit its text must not fail the task
            captured.write(
                f"{record.levelname} {record.name}: {record.msg!r} (cannot be formatted: {error!r})\n"
            )


class _Formatter(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PrintsOfTasks:
    """Stands in for `sys.stdout`: what is printed inside an attempt goes to its log, all else to the real one."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def write(self, text: str) -> int:
        """Write to the attempt's log, or to the real stream outside of one."""
        captured = _CAPTURED.get()
        if captured is None:
            return int(self._real.write(text) or 0)
        captured.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_HANDLER = AttemptHandler()


def keep_prints() -> None:
    """From now on in this process, what tasks print goes to their logs. For worker processes."""
    if not isinstance(sys.stdout, PrintsOfTasks):
        sys.stdout = PrintsOfTasks(sys.stdout)


@contextlib.contextmanager
def kept() -> Iterator[Captured]:
    """Keep what is logged in this context inside the block."""
    root = logging.getLogger()
    if _HANDLER not in root.handlers:
        root.addHandler(_HANDLER)
    captured = Captured()
    token = _CAPTURED.set(captured)
    try:
        yield captured
    finally:
        _CAPTURED.reset(token)


def write(text: str) -> None:
    """Add `text` to the log of the current attempt; nothing outside of one."""
    captured = _CAPTURED.get()
    if captured is not None:
        captured.write(text)
