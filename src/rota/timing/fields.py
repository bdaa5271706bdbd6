"""One field of a cron expression: text in, the values it names out."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from rota.timing.errors import CalendarError, did_you_mean, shown

_MOST_ITEMS = 64
_NUMBER = re.compile(r"[0-9]{1,9}")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Which of the six fields it is: its name in a sentence, its bounds, its names (the first means `low`)."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def expected(self) -> str:
        """What may stand here, in words."""
        names = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.name} from {self.low} to {self.high}{names}"


SECOND = Kind("a second", 0, 59)
MINUTE = Kind("a minute", 0, 59)
HOUR = Kind("an hour", 0, 23)
DAY_OF_MONTH = Kind("a day of the month", 1, 31)
MONTH = Kind("a month", 1, 12, _MONTHS)
# POSIX counts Sunday as 0; that 7 is Sunday too is the custom of Vixie cron.
DAY_OF_WEEK = Kind("a day of the week", 0, 7, DAYS)


class Special(NamedTuple):
    """A day that depends on the month.

    Of the month: `L` the last day, `LW` the last Monday to Friday, `W` the one nearest to `day`. Of the week: `#` the
    nth, `last` the last.
    """

    form: str
    day: int = 0
    nth: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """What a field says: its canonical text, the plain values it names, and the special days."""

    text: str
    values: frozenset[int]
    specials: tuple[Special, ...] = ()

    @property
    def starred(self) -> bool:
        """Whether it begins with `*`: Vixie cron looks at this first character and at nothing else."""
        return self.text.startswith("*")


def read_field(kind: Kind, text: str) -> Field:
    """Read one field. Raises CalendarError with the item that is wrong."""
    items = text.upper().split(",", _MOST_ITEMS)
    if len(items) > _MOST_ITEMS:
        raise CalendarError(f"Expected at most {_MOST_ITEMS} items in the field of {kind.name}, got more")
    values: set[int] = set()
    specials: list[Special] = []
    for item in items:
        if special := _special(kind, item):
            specials.append(special)
        else:
            values.update(_span(kind, item))
    return Field(",".join(map(_canonical, items)), _folded(kind, values), tuple(specials))


def _canonical(item: str) -> str:
    return re.sub(r"[0-9]+", lambda found: str(int(found.group())), item)


def _folded(kind: Kind, values: set[int]) -> frozenset[int]:
    return frozenset(value % 7 for value in values) if kind is DAY_OF_WEEK else frozenset(values)


def _special(kind: Kind, item: str) -> Special | None:
    if kind is DAY_OF_MONTH:
        return _special_day(item)
    if kind is DAY_OF_WEEK:
        return _special_weekday(item)
    return None


def _special_day(item: str) -> Special | None:
    if item in ("L", "LW", "WL"):
        return Special("L" if item == "L" else "LW")
    if item.endswith("W"):
        return Special("W", _value(DAY_OF_MONTH, item[:-1], item))
    return None


def _special_weekday(item: str) -> Special | None:
    day, sign, nth = item.partition("#")
    if sign:
        if nth not in ("1", "2", "3", "4", "5"):
            raise CalendarError(f"Expected a number from 1 to 5 after '#', got {shown(nth)} in {shown(item)}")
        return Special("#", _value(DAY_OF_WEEK, day, item) % 7, int(nth))
    if item.endswith("L") and item != "L":
        return Special("last", _value(DAY_OF_WEEK, item[:-1], item) % 7)
    return None


def _span(kind: Kind, item: str) -> range:
    """The values of `*`, `5`, `5-9`, `5/15` (5 to the highest) or any of them with a step."""
    body, slash, step = item.partition("/")
    first, dash, last = body.partition("-")
    if body == "*":
        low, high = kind.low, kind.high
    elif dash:
        low, high = _value(kind, first, item), _range_end(kind, last, item)
    else:
        low = _value(kind, first, item)
        high = kind.high if slash else low
    if low > high:
        raise CalendarError(f"Expected a range that goes up in the field of {kind.name}, got {shown(item)}")
    return range(low, high + 1, _step(step, item) if slash else 1)


def _range_end(kind: Kind, text: str, item: str) -> int:
    """SUN at the end of a range is the 7th day: `FRI-SUN` can mean nothing else."""
    return 7 if kind is DAY_OF_WEEK and text == "SUN" else _value(kind, text, item)


def _step(text: str, item: str) -> int:
    if not _NUMBER.fullmatch(text) or int(text) == 0:
        raise CalendarError(f"Expected a step of at least 1 after '/', got {shown(text)} in {shown(item)}")
    return int(text)


def _value(kind: Kind, text: str, item: str) -> int:
    if text in kind.names:
        return kind.names.index(text) + kind.low
    if _NUMBER.fullmatch(text) and kind.low <= int(text) <= kind.high:
        return int(text)
    where = f" in {shown(item)}" if text != item else ""
    raise CalendarError(f"Expected {kind.expected()}, got {shown(text)}{where}{_hint(kind, text)}")


def _hint(kind: Kind, text: str) -> str:
    if text == "?":
        return "; did you mean '*'?"
    if kind is DAY_OF_WEEK and text == "L":
        return "; did you mean '6L' (the last Saturday) or 'L' as the day of the month?"
    return did_you_mean(text, kind.names)
