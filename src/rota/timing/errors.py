"""The one error of this room, and the nearest right word for a wrong one."""

import difflib
from collections.abc import Iterable

_SHOWN = 60


class CalendarError(ValueError):
    """The calendar cannot be understood. The message: what was expected, what came, the nearest right name."""


def shown(text: object) -> str:
    """Quote what a person wrote, cut short: hostile input must not fill a log."""
    quoted = repr(text)
    return quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}… ({len(quoted) - 2} characters)"


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'X'?" for the name most like `word` (whatever its case), or nothing."""
    by_key = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold()[:_SHOWN], by_key, n=1)
    return f"; did you mean {by_key[close[0]]!r}?" if close else ""
