"""From an exception to texts that can be stored, whatever the exception does when it is asked for one."""

from __future__ import annotations

import dataclasses
import traceback as tracebacks
from pathlib import Path
from types import TracebackType

from rota.execution.texts import bounded

_HERE = str(Path(__file__).parent)


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: `paths` are the dotted paths of the exception's class and its bases, nearest first."""

    error_class: str
    error: str
    traceback: str
    paths: tuple[str, ...]


def describe(error: BaseException) -> Failure:
    """The error in words. Never raises; texts are bounded."""
    paths = tuple(path_of(kind) for kind in type(error).__mro__ if kind is not object)
    return Failure(paths[0], bounded(_message(error)), bounded(_traceback(error)), paths)


def path_of(kind: type) -> str:
    """The dotted path of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as other:  # noqa: BLE001 - an exception may do anything when it is asked for its text
        return f"(its text cannot be shown: __str__ raised {type(other).__qualname__})"


def _traceback(error: BaseException) -> str:
    try:
        return "".join(tracebacks.format_exception(type(error), error, _from_user_code(error.__traceback__)))
    except BaseException as other:  # noqa: BLE001 - the same
        return f"(the traceback of {type(error).__qualname__} cannot be shown: {type(other).__qualname__})"


def _from_user_code(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this room above the task."""
    found = trace
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_HERE):
        found = found.tb_next
    return found or trace
