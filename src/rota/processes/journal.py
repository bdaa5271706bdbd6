"""Where the processes' own log lines go: stdout and, if asked for, a file; for people or for machines."""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from rota.compat import TASKS_LOGGER
from rota.processes.options import Options

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def set_up(options: Options, who: str) -> None:
    """Send the root logger to stdout and to the options' file. The project's own handlers are left as they are."""
    formatter = JsonLines(who) if options.log_format == "json" else HumanLines(who)
    handlers: list[logging.Handler] = [_Stream(sys.__stdout__)]
    if options.log_file:
        handlers.append(_file(options.log_file))
    root = logging.getLogger()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    if "root" not in (settings.LOGGING or {}):
        root.setLevel(logging.INFO)
    tasks = logging.getLogger(TASKS_LOGGER)
    if tasks.level == logging.NOTSET:
        # Its lines say again what ours say, once per run.
        tasks.setLevel(logging.CRITICAL)


def _file(path: str) -> logging.Handler:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # Several processes append to it, and a log rotation may take it away under them.
    kind = _File if os.name == "nt" else _WatchedFile
    return kind(path, encoding="utf-8")


class _Patient:
    """Mixed into a handler: lines that may wait leave with the next one that may not, or with the carrier's next step.

    A line that a run starts leaves at once, with all before it: what runs may take its process along.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, and see that it leaves in time."""
        super().emit(record)  # type: ignore[misc]
        if not getattr(record, "may_wait", False):
            self.leave()

    def flush(self) -> None:
        """Called after each line: not now."""

    def leave(self) -> None:
        """Let everything go that was written."""
        super().flush()  # type: ignore[misc]


class _Stream(_Patient, logging.StreamHandler[Any]):
    pass


class _File(_Patient, logging.FileHandler):
    pass


class _WatchedFile(_Patient, logging.handlers.WatchedFileHandler):
    pass


def leave() -> None:
    """Let go what has waited."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Patient):
            handler.leave()


if hasattr(os, "register_at_fork"):
    # What still waits would leave with the copy of the process too, and stand in the log twice.
    os.register_at_fork(before=leave)


class HumanLines(logging.Formatter):
    """`2026-11-22T03:00:00.123Z INFO worker[4711] text`; no text can forge a second line."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self._who = f"{who}[{os.getpid()}]"

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the lines of a traceback indented below it."""
        line = (
            f"{moment(record)} {record.levelname} {self._who} {escaped(record.getMessage(), newlines=True)}"
        )
        if not record.exc_info:
            return line
        return line + "".join(f"\n    {part}" for part in escaped(_trace(self, record)).splitlines())


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, process, pid, logger, message and, if there is one, traceback."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self._who = who

    def format(self, record: logging.LogRecord) -> str:
        """The object; JSON escapes what is not printable."""
        fields = {
            "time": moment(record),
            "level": record.levelname,
            "process": self._who,
            "pid": os.getpid(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = _trace(self, record)
        return json.dumps(fields | ({"traceback": trace} if trace else {}))


def moment(record: logging.LogRecord) -> str:
    """The record's time in UTC, to the millisecond."""
    second = int(record.created)
    return f"{_second(second)}.{int((record.created - second) * 1000):03d}Z"


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="seconds").removesuffix("+00:00")


def escaped(text: str, *, newlines: bool = False) -> str:
    """`text` with its control characters, and what no encoding takes, written out: a log is read on terminals."""
    if text.isprintable():
        return text
    if newlines:
        text = text.replace("\n", "\\n").replace("\t", "\\t")
    return _CONTROL.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
