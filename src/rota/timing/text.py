"""Calendars from text: what `Calendar.text()` writes, and what a person may write instead."""

import re

from rota.timing.calendar import Calendar, exclusion, union
from rota.timing.cron import Cron
from rota.timing.errors import CalendarError, did_you_mean, shown
from rota.timing.fields import DAYS
from rota.timing.interval import UNITS, Every, every
from rota.timing.moments import from_iso
from rota.timing.off import never
from rota.timing.once import at
from rota.timing.zones import zone_names

_LONGEST = 5000
_DEEPEST = 5
_FIELD = re.compile(r"(?:[0-9*,/#?-]|SUN|MON|TUE|WED|THU|FRI|SAT|L|W)+", re.ASCII | re.IGNORECASE)
_WORDS = ("every", "at", "off")


def parse(text: str) -> Calendar:
    """Read a calendar: cron (`0 8 * * *`, six fields with seconds first, `@daily`; a zone may follow), `every
    5 minutes`, `every 90 seconds from 2026-01-01T00:00:00Z`, `at 2026-12-24T18:00:00+01:00`, `off`, `(A) or
    (B)`, `(A) except (B)`.

    Raises CalendarError with a sentence: what was expected, what came, and the nearest right name.
    """
    if not isinstance(text, str) or not text.strip():
        raise CalendarError(
            f"Expected a calendar such as '0 8 * * *' or 'every 5 minutes', got {shown(text)}"
        )
    if len(text) > _LONGEST:
        raise CalendarError(f"Expected at most {_LONGEST} characters in a calendar, got {len(text)}")
    return _read(text.strip(), 0)


def _read(text: str, depth: int) -> Calendar:
    if depth > _DEEPEST:
        raise CalendarError(f"Expected parentheses at most {_DEEPEST} deep, got more")
    if text.startswith("("):
        return _read_combined(text, depth)
    words = text.split()
    word = words[0].lower() if words else ""
    if word == "every":
        return _read_every(words[1:], text)
    if word == "at":
        return at(" ".join(words[1:]))
    return never() if text.lower() == "off" else _read_cron(text, words)


def _read_combined(text: str, depth: int) -> Calendar:
    inner, words = _groups(text)
    calendars = [_read(part, depth + 1) for part in inner]
    if not words:
        return calendars[0]
    if set(words) == {"or"}:
        return union(*calendars)
    if words == ["except"]:
        return exclusion(calendars[0], calendars[1])
    raise CalendarError(
        f"Expected '(A) or (B)' or '(A) except (B)', with parentheses around what belongs together, got {shown(text)}"
    )


def _groups(text: str) -> tuple[list[str], list[str]]:
    """Split `(A) or (B) or (C)` at its outermost parentheses into what is inside and the words between."""
    inner, between, depth, mark = [], [], 0, 0
    for place, sign in enumerate(text):
        if sign == "(":
            if depth == 0:
                between.append(text[mark:place].strip().lower())
                mark = place + 1
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                inner.append(text[mark:place].strip())
                mark = place + 1
        if depth < 0:
            break
    if depth != 0 or text[mark:].strip():
        raise CalendarError(f"Expected parentheses that close, and nothing after them, got {shown(text)}")
    return inner, between[1:]


def _read_every(words: list[str], text: str) -> Every:
    lowered = [word.lower() for word in words]
    anchor = None
    if "from" in lowered:
        place = lowered.index("from")
        anchor = from_iso(" ".join(words[place + 1 :]))
        lowered = lowered[:place]
    if len(lowered) == 1:
        lowered = ["1", *lowered]
    if not lowered or len(lowered) % 2:
        raise CalendarError(f"Expected 'every' and a length such as '5 minutes' or 'hour', got {shown(text)}")
    step = sum(
        _number(number) * UNITS[_unit(unit)] for number, unit in zip(lowered[::2], lowered[1::2], strict=True)
    )
    return every(seconds=step, anchor=anchor)


def _number(word: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", word):
        raise CalendarError(f"Expected a whole number before the unit, got {shown(word)}")
    return int(word)


def _unit(word: str) -> str:
    unit = word.removesuffix("s")
    if unit not in UNITS:
        hint = did_you_mean(word, [f"{name}s" for name in UNITS])
        raise CalendarError(f"Expected seconds, minutes, hours, days or weeks, got {shown(word)}{hint}")
    return unit


def _read_cron(text: str, words: list[str]) -> Cron:
    if words and not text.startswith("@") and not _FIELD.fullmatch(words[0]):
        hint = did_you_mean(words[0], _WORDS)
        raise CalendarError(f"Expected cron fields, 'every …', 'at …' or 'off', got {shown(text)}{hint}")
    return Cron(" ".join(words[:-1]), words[-1]) if _ends_in_zone(words) else Cron(text)


def _ends_in_zone(words: list[str]) -> bool:
    """Whether the last word is meant as a zone; a misspelt weekday should be told about weekdays."""
    if len(words) < 2 or _FIELD.fullmatch(words[-1]):
        return False
    if words[0].startswith("@") or words[-1] in zone_names():
        return True
    return len(words) > 6 or (len(words) == 6 and not did_you_mean(words[-1], DAYS))
