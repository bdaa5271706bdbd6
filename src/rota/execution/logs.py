"""What a task logs and prints is kept with its attempt.

A record begins a line with its time and level, `2026-11-22T03:00:00.123Z WARNING shop.mail: text`; its further lines,
such as a traceback's, begin with a tab. Whatever else stands there was printed and has no level.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from rota.execution.showing import SHOWING, Showing, shown

_BANDS = (
    (logging.CRITICAL, "CRITICAL"), (logging.ERROR, "ERROR"), (logging.WARNING, "WARNING"), (logging.INFO, "INFO"),
)  # fmt: skip
_NAMES = {**dict(_BANDS), logging.DEBUG: "DEBUG"}
_FORMATTER = logging.Formatter()
_second = (0, "")
"""The second that was written last, and its text: a chatty task writes many lines in one."""


class AttemptHandler(logging.Handler):
    """On the root logger: gives each record to the attempt in whose context it was logged."""

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock that handlers share between threads: each attempt's log has its own."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, and the traceback if there is one."""
        showing = SHOWING.get()
        if showing is None:
            return
        try:
            showing.line(_line(record))
        except Exception as error:  # noqa: BLE001 - a record whose arguments do not fit its text must not fail the task
            text = f"{record.name}: {record.msg!r} (cannot be formatted: {error!r})"
            showing.line(f"{_stamp(record)} {level_of(record.levelno)} {_indented(text)}")


class PrintsOfTasks:
    """Stands in for `sys.stdout`: what is printed inside an attempt goes to its log, all else to the real one."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def write(self, text: str) -> int:
        """Write to the attempt's log, or to the real stream outside of one."""
        showing = SHOWING.get()
        if showing is None:
            return int(self._real.write(text) or 0)
        showing.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_HANDLER = AttemptHandler()
_ROOT = logging.getLogger()


def keep_prints() -> None:
    """From now on in this process, what tasks print goes to their logs. For worker processes."""
    if not isinstance(sys.stdout, PrintsOfTasks):
        sys.stdout = PrintsOfTasks(sys.stdout)


class kept(shown):  # noqa: N801 - used as `with kept() as captured`
    """Keep what is logged and told in this context inside the block."""

    __slots__ = ()

    def __enter__(self) -> Showing:
        # A project may configure logging anew at any time, which takes it away.
        if _HANDLER not in _ROOT.handlers:
            _ROOT.addHandler(_HANDLER)
        return super().__enter__()


def write(text: str) -> None:
    """Add `text` to the log of the current attempt; nothing outside of one."""
    showing = SHOWING.get()
    if showing is not None:
        showing.write(text)


def level_of(number: int) -> str:
    """One of the five names that every reader knows; a project's own levels count as the one below them."""
    return _NAMES.get(number) or next((name for least, name in _BANDS if number >= least), "DEBUG")


def _line(record: logging.LogRecord) -> str:
    text = f"{record.name}: {record.getMessage()}"
    if record.exc_info and record.exc_info[0]:
        text = f"{text}\n{record.exc_text or _FORMATTER.formatException(record.exc_info)}"
    if record.stack_info:
        text = f"{text}\n{record.stack_info}"
    return f"{_stamp(record)} {level_of(record.levelno)} {_indented(text)}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n\t") if "\n" in text else text


def _stamp(record: logging.LogRecord) -> str:
    global _second
    seconds = int(record.created)
    at, text = _second
    if at != seconds:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        _second = seconds, text
    return f"{text}.{int((record.created - seconds) * 1000):03d}Z"
