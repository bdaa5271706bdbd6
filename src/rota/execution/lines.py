"""The log lines that are written for every run: received, starting, succeeded.

They are records like all others, for whatever handlers and filters a project has. What they do without is the search
for the caller and the other fields that nobody reads in such a line: with ten thousand runs a second they would cost
more than the runs.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from rota import clock

_START = clock.host_now().timestamp()


class RunLines(logging.Logger):
    """A child of the logger `rota` that makes its records quickly."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.parent = self._rota = logging.getLogger("rota")
        self.manager = self.parent.manager
        self._common = _common(name)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802
        """As the logger `rota` decides."""
        return self._rota.isEnabledFor(level)

    def line(self, text: str, *args: Any, may_wait: bool = False) -> None:
        """Log at level INFO; the text and its values as for `Logger.info`. What `may_wait` is written with the next."""
        if not self.isEnabledFor(logging.INFO):
            return
        if logging.getLogRecordFactory() is not logging.LogRecord:
            self.info(text, *args)  # the project makes records of its own
            return
        record = self._record(text, args)
        record.may_wait = may_wait
        self.handle(record)

    def _record(self, text: str, args: tuple[Any, ...]) -> logging.LogRecord:
        record = logging.LogRecord.__new__(logging.LogRecord)
        created = clock.host_now().timestamp()
        thread = threading.current_thread()
        record.__dict__ = self._common | {
            "msg": text, "args": args, "created": created, "msecs": created % 1 * 1000,
            "relativeCreated": (created - _START) * 1000, "thread": thread.ident, "threadName": thread.name,
            "process": os.getpid(),
        }  # fmt: skip
        return record


def _common(name: str) -> dict[str, Any]:
    """What is the same in all these records."""
    record = logging.LogRecord(name, logging.INFO, __file__, 0, "", None, None, "line")
    return dict(record.__dict__)


lines = RunLines("rota.runs")
