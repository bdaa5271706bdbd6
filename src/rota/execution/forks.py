"""A task that forks: the copy of the process ends where the task ends, and does none of the worker's work."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback


class only_the_original:  # noqa: N801 - used as `with only_the_original()`
    """Whoever was forked inside the block ends with it: status 0, what SystemExit says, or 1 for another exception.

    A copy that came out would tell a second outcome, share the connections, and then wait for work without an end.
    """

    __slots__ = ("_original",)

    def __enter__(self) -> None:
        self._original = os.getpid()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if os.getpid() != self._original:
            _leave(0 if error is None else _status_of(error))


def _status_of(error: BaseException) -> int:
    """As Python itself ends a process, with the traceback that it would show."""
    if not isinstance(error, SystemExit):
        with contextlib.suppress(Exception):
            traceback.print_exception(error)
        return 1
    return error.code if isinstance(error.code, int) else int(error.code is not None)


def _leave(status: int) -> None:
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status & 0xFF)
