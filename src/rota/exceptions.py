"""What rota raises. Each message is a sentence that says what was expected, what came, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RotaError(Exception):
    """Anything rota refuses or cannot do."""


class InvalidInput(RotaError, ValueError):
    """Something a person or a program gave is wrong; nothing was written."""


class UnknownName(InvalidInput):
    """A key, task, queue or run that does not exist. `suggestions` holds the nearest names that do."""

    def __init__(self, message: str, suggestions: Iterable[str] = ()) -> None:
        self.suggestions = list(suggestions)
        super().__init__(message + did_you_mean(self.suggestions))


class InvalidArguments(InvalidInput, TypeError):
    """Arguments that do not fit the task, or cannot be kept as JSON. A TypeError, as from a call of the function."""


class RunCancelled(RotaError):
    """The run was cancelled before it succeeded. Found in the errors of its TaskResult."""


class RunSkipped(RotaError):
    """The run was not run, by a rule that the schedule's owner chose. Found in the errors of its TaskResult."""


class RunMissed(RotaError):
    """The run should have been run and was not. Found in the errors of its TaskResult."""


class AttemptLost(RotaError):
    """The attempt no longer holds its run: its process died, or was silent for so long that the run was taken over.

    Found in the errors of a TaskResult; raised by `rota.fenced` and `rota.once` in a process that comes back too late.
    """


class DoneElsewhere(RotaError):
    """Somebody else did what `rota.once` guards, while this block ran. What the block did was rolled back."""


class AttemptTimedOut(RotaError):
    """The attempt ran longer than its timeout allows. Found in the errors of a TaskResult."""


class SoftTimeout(RotaError):
    """The task ran longer than its soft timeout allows. Raised inside the task, which may tidy up and end."""


class Refused(RotaError):
    """The request is understood and not allowed now (wrong state, wrong owner, overlap)."""


class LostRun(RotaError):
    """An outcome came from an attempt that no longer holds its run. Nothing was written."""


def nearest(name: str, names: Iterable[str], at_most: int = 3) -> list[str]:
    """The known names most like `name`, where `-`, `_` and case do not count. Best first."""
    plain = {_plain(known): known for known in names}
    found = difflib.get_close_matches(_plain(name), plain, n=at_most, cutoff=0.6)
    return [plain[match] for match in found]


def did_you_mean(suggestions: list[str]) -> str:
    """' Did you mean a or b?', or nothing."""
    return f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
