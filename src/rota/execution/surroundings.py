"""What a task changed in its process is put back, so that the next one finds what the first one found.

Only in a worker that performs one run at a time: with several at once nobody knows whose change it is.
"""

from __future__ import annotations

import contextlib
import locale
import logging
import os
import signal
import sys
import time
from importlib import import_module
from typing import Any

log = logging.getLogger("rota")

_CAN_MASK = hasattr(signal, "pthread_sigmask")
_WATCHED = ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGCHLD", "SIGUSR1", "SIGUSR2")
"""Signals that programs give a meaning. SIGALRM is the soft timeout's, which sets its handler each time."""
_getsignal = import_module("_signal").getsignal
"""Python's own, before `signal` makes an enum of each answer: that costs more than all the rest here."""
_SIGNALS = [getattr(signal, name) for name in _WATCHED if hasattr(signal, name)]


class Surroundings:
    """The working folder, file mode mask, environment, locale, streams and signals of this process, as they are."""

    def __init__(self) -> None:
        self._folder = os.getcwd()  # noqa: PTH109 - a Path takes five times as long
        self._umask = _umask()
        self._environment = dict(_variables())
        self._locale = locale.setlocale(locale.LC_ALL)
        self._streams = sys.stdin, sys.stdout, sys.stderr
        self._handlers = {number: _getsignal(number) for number in _SIGNALS}
        self._mask = _mask()
        self._told: set[str] = set()

    def put_back(self, task_path: str) -> None:
        """Undo what differs; says once per task that it leaves such things behind. From the main thread."""
        changed = [name for name, undo in _UNDO.items() if undo(self)]
        if changed and task_path not in self._told:
            self._told.add(task_path)
            log.warning(
                "The task %s changed its process and did not put it back: %s.", task_path, ", ".join(changed)
            )

    def undo_folder(self) -> bool:
        """Whether the task went elsewhere, or its folder is gone."""
        with contextlib.suppress(OSError):
            if os.getcwd() == self._folder:  # noqa: PTH109
                return False
        with contextlib.suppress(OSError):
            os.chdir(self._folder)
        return True

    def undo_umask(self) -> bool:
        """Whether files were made with other rights. There is no moment with a mask that nobody asked for."""
        return os.umask(self._umask) != self._umask

    def undo_environment(self) -> bool:
        """Whether variables were added, changed or taken away."""
        if _variables() == self._environment:
            return False
        _variables_become(self._environment)
        return True

    def undo_locale(self) -> bool:
        """Whether numbers and texts were written by other rules."""
        if locale.setlocale(locale.LC_ALL) == self._locale:
            return False
        locale.setlocale(locale.LC_ALL, self._locale)
        return True

    def undo_streams(self) -> bool:
        """Whether prints went elsewhere."""
        if (sys.stdin, sys.stdout, sys.stderr) == self._streams:
            return False
        sys.stdin, sys.stdout, sys.stderr = self._streams
        return True

    def undo_signals(self) -> bool:
        """Whether signals were handled otherwise, or held up."""
        changed = [number for number in _SIGNALS if _getsignal(number) != self._handlers[number]]
        for number in changed:
            if (
                self._handlers[number] is not None
            ):  # else it was set by native code, which Python cannot repeat
                signal.signal(number, self._handlers[number])
        if _mask() == self._mask:
            return bool(changed)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        return True


_UNDO = {
    "working folder": Surroundings.undo_folder,
    "umask": Surroundings.undo_umask,
    "environment": Surroundings.undo_environment,
    "locale": Surroundings.undo_locale,
    "standard streams": Surroundings.undo_streams,
    "signals": Surroundings.undo_signals,
}
_KEPT: list[Surroundings] = []


def keep() -> None:
    """From now on in this process, what is different after a task is put back. For workers with one run at a time."""
    _KEPT[:] = [Surroundings()]


def put_back(task_path: str) -> None:
    """After a task: undo what it left changed, if `keep` was called."""
    if _KEPT:
        _KEPT[0].put_back(task_path)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _mask() -> set[Any]:
    return signal.pthread_sigmask(signal.SIG_BLOCK, ()) if _CAN_MASK else set()


def _variables() -> Any:
    # Without the decoding of each name and value, which takes fifty times as long as all the rest of this file.
    return getattr(os.environ, "_data", None) or dict(os.environ)


def _variables_become(wanted: dict[Any, Any]) -> None:
    decode = getattr(os.environ, "decodevalue", str)
    names = {decode(name): decode(value) for name, value in wanted.items()}
    for name in set(os.environ) - set(names):
        del os.environ[name]
    os.environ.update(names)
    if hasattr(time, "tzset"):
        time.tzset()
