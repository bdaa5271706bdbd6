"""A task that forks: the copy of the process ends where the task ends, and does none of the worker's work."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator


@contextlib.contextmanager
def only_the_original() -> Iterator[None]:
    """Whoever was forked inside the block ends with it: status 0, what SystemExit says, or 1 for another exception.

    A copy that came out would tell a second outcome, share the connections, and then wait for work without an end.
    """
    original = os.getpid()
    status = 0
    try:
        yield
    except BaseException as error:
        if os.getpid() != original:
            status = _status_of(error)
        raise
    finally:
        if os.getpid() != original:
            _leave(status)


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
