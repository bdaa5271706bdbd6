"""Windows' job objects: what is in one ends with it, whatever it has started, and also when its holder dies."""

from __future__ import annotations

import ctypes
from ctypes import c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMITS = 9
SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001
"""The rights that putting a process into a job needs."""


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION; only the flags are set."""

    _fields_ = (
        ("per_process_user_time", c_int64),
        ("per_job_user_time", c_int64),
        ("flags", c_uint32),
        ("minimum_working_set", c_size_t),
        ("maximum_working_set", c_size_t),
        ("active_processes", c_uint32),
        ("affinity", c_size_t),
        ("priority_class", c_uint32),
        ("scheduling_class", c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("basic", BasicLimits),
        ("io_counters", c_uint64 * 6),
        ("process_memory", c_size_t),
        ("job_memory", c_size_t),
        ("peak_process_memory", c_size_t),
        ("peak_job_memory", c_size_t),
    )


class Job:
    """A job that holds the process `pid`, and with it all that it will start. Raises OSError when Windows refuses."""

    def __init__(self, pid: int, kernel: Any = None) -> None:
        self._kernel = kernel or _kernel()
        self._handle = self._checked(self._kernel.CreateJobObjectW(None, None))
        limits = ExtendedLimits(basic=BasicLimits(flags=KILL_ON_JOB_CLOSE))
        self._checked(
            self._kernel.SetInformationJobObject(
                self._handle, EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
            )
        )
        process = self._checked(self._kernel.OpenProcess(SET_QUOTA_AND_TERMINATE, False, pid))
        try:
            self._checked(self._kernel.AssignProcessToJobObject(self._handle, process))
        finally:
            self._kernel.CloseHandle(process)

    def close(self) -> None:
        """End everything in it. Windows does the same when the process that holds it dies."""
        if self._handle:
            self._kernel.CloseHandle(self._handle)
            self._handle = None

    def _checked(self, answer: Any) -> Any:
        if not answer:
            code = self._kernel.GetLastError()
            raise OSError(code, f"Windows error {code} while a worker was put into a job object")
        return answer


def _kernel() -> Any:
    """kernel32 with handles as wide as pointers: the default of ctypes cuts them to 32 bits."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    kernel.CreateJobObjectW.restype = c_void_p
    kernel.CreateJobObjectW.argtypes = (c_void_p, ctypes.c_wchar_p)
    kernel.OpenProcess.restype = c_void_p
    kernel.OpenProcess.argtypes = (c_uint32, ctypes.c_int, c_uint32)
    kernel.SetInformationJobObject.argtypes = (c_void_p, ctypes.c_int, c_void_p, c_uint32)
    kernel.AssignProcessToJobObject.argtypes = (c_void_p, c_void_p)
    kernel.CloseHandle.argtypes = (c_void_p,)
    kernel.GetLastError = ctypes.get_last_error  # type: ignore[attr-defined]
    return kernel
