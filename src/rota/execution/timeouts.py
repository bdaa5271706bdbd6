"""Stop user code from outside, softly: an exception is raised in it, and nowhere else.

In the main thread of a POSIX process a signal does it, which also ends a blocking call. In other threads it is an
asynchronous exception, which waits until the blocking call returns. A coroutine is cancelled at its next await.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
import uuid
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any, TypeVar

from rota.exceptions import SoftTimeout

T = TypeVar("T")
_ACTIVE: dict[uuid.UUID, Alarm] = {}
_getsignal = import_module("_signal").getsignal
"""Python's own, before `signal` makes an enum of each answer: this is asked for each run."""
_CAN_SIGNAL = hasattr(signal, "setitimer") and hasattr(signal, "pthread_kill")


class Alarm:
    """Raises one exception, once, in the code that runs between `arm` and `disarm`."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.reason: Exception | None = None

    def arm(self) -> None:
        """User code begins."""

    def disarm(self) -> None:
        """User code has ended; from here on nothing is raised."""

    def ring(self, reason: Exception) -> None:
        """Raise `reason` in the user code, from any thread."""


class SignalAlarm(Alarm):
    """For the main thread on POSIX."""

    armed: SignalAlarm | None = None

    def arm(self) -> None:
        """The handler is set each time, as the task before may have put its own in place. It is never taken away:
        a late signal would then end the process."""
        SignalAlarm.armed = self
        if _getsignal(signal.SIGALRM) is not _on_signal:
            signal.signal(signal.SIGALRM, _on_signal)
        if self.limit is not None:
            signal.setitimer(signal.ITIMER_REAL, self.limit)

    def disarm(self) -> None:
        """Forget the alarm first: a signal between the two steps then finds nothing to raise."""
        SignalAlarm.armed = None
        if self.limit is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def ring(self, reason: Exception) -> None:
        """Interrupt the main thread."""
        self.reason = reason
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)


def _on_signal(_: int, frame: FrameType | None) -> None:
    alarm = SignalAlarm.armed
    if alarm is None or (frame is not None and frame.f_code in _BORDER):
        return
    if alarm.reason is None and alarm.limit is None:
        return  # meant for the run before this one, and late
    SignalAlarm.armed = None
    raise alarm.reason or _too_long(alarm.limit)


class ThreadAlarm(Alarm):
    """For other threads, and for systems without these signals."""

    def __init__(self, limit: float | None) -> None:
        super().__init__(limit)
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._timer: threading.Timer | None = None

    def arm(self) -> None:
        """Start the timer, if there is a limit."""
        self._thread = threading.get_ident()
        if self.limit is not None:
            self._timer = threading.Timer(self.limit, self.ring, [_too_long(self.limit)])
            self._timer.daemon = True
            self._timer.start()

    def disarm(self) -> None:
        """Take back an exception that is on its way and has not arrived."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None and self.reason is not None:
                _raise_in(thread, None)
        if self._timer is not None:
            self._timer.cancel()

    def ring(self, reason: Exception) -> None:
        """Raise in the thread, at its next bytecode."""
        with self._lock:
            if self._thread is not None and self.reason is None:
                self.reason = reason
                _raise_in(self._thread, type(reason))


def _raise_in(thread: int, kind: type[Exception] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(kind) if kind is not None else None
    )


class AsyncAlarm(Alarm):
    """For a coroutine: it is cancelled at its next await, and who awaits it raises the reason."""

    def __init__(self, limit: float | None) -> None:
        super().__init__(limit)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.TimerHandle | None = None

    def arm(self) -> None:
        """In the coroutine's own loop."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self.limit is not None:
            self._handle = self._loop.call_later(self.limit, self._cancel, _too_long(self.limit))

    def disarm(self) -> None:
        """Forget the coroutine."""
        self._task = None
        if self._handle is not None:
            self._handle.cancel()

    def ring(self, reason: Exception) -> None:
        """Cancel from any thread."""
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._cancel, reason)

    def _cancel(self, reason: Exception) -> None:
        if self._task is not None and self.reason is None:
            self.reason = reason
            self._task.cancel()


class known_as:  # noqa: N801 - used as `with known_as(run_id, alarm)`
    """Let `interrupt` find the alarm of this run."""

    __slots__ = ("_alarm", "_run_id")

    def __init__(self, run_id: uuid.UUID, alarm: Alarm) -> None:
        self._run_id, self._alarm = run_id, alarm

    def __enter__(self) -> None:
        _ACTIVE[self._run_id] = self._alarm

    def __exit__(self, *_: object) -> None:
        _ACTIVE.pop(self._run_id, None)


def within(alarm: Alarm, function: Callable[[], T]) -> T:
    """Call `function` and let the alarm ring in it alone."""
    alarm.arm()
    try:
        return function()
    finally:
        alarm.disarm()


def alarm_for(limit: float | None) -> Alarm:
    """The alarm that works in the calling thread; `limit` in seconds, None for none."""
    if _CAN_SIGNAL and threading.current_thread() is threading.main_thread():
        return SignalAlarm(limit)
    return ThreadAlarm(limit)


def interrupt(run_id: uuid.UUID, reason: Exception) -> bool:
    """Raise `reason` in the task of this run, if it is being performed in this process."""
    alarm = _ACTIVE.get(run_id)
    if alarm is not None:
        alarm.ring(reason)
    return alarm is not None


def _too_long(limit: float | None) -> SoftTimeout:
    return SoftTimeout(f"The task did not end within its soft timeout of {limit:g} s.")


_BORDER = {within.__code__, SignalAlarm.arm.__code__, SignalAlarm.disarm.__code__}
