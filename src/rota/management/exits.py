"""What the exit code of `manage.py rota …` says. The names of 69 to 78 are those of sysexits.h."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """`rota run` itself ends with 0, 70, 75 or 78."""

    FINE = 0
    FAILED = 1
    """What was asked for failed: a run, a verification, a check."""
    USAGE = 2
    NOT_FOUND = 3
    REFUSED = 4
    TIMED_OUT = 5
    """`--wait` gave up; the run goes on."""
    NOTHING_ALIVE = 69
    TRY_AGAIN = 75
    """The database could not be used."""
    MISCONFIGURED = 78
