"""A cron expression in plain English."""

from cronsim.explain import explain

from rota.timing.expression import Expression
from rota.timing.fields import Field, Special

_WEEKDAYS = (
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
)
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NTH = ("", "first", "second", "third", "fourth", "fifth")
_FEW = 4


def when(expression: Expression) -> str:
    """The whole sentence without the zone: "Every Monday to Friday at 08:00"."""
    days = _days(expression)
    if times := _few_times(expression):
        return f"{_upper(days or 'every day')} at {times}"
    often = _often(expression) or _explained(expression)
    return f"{_upper(often)}, {days}" if days else _upper(often)


def why_dateless(expression: Expression) -> str:
    """Why no date matches: "31 February does not exist"."""
    days, months = expression.days.of_month, sorted(expression.months)
    if days.specials or not expression.days.of_week.starred:
        return "no year has such a day"
    numbers = _join([str(day) for day in sorted(days.values)], "or")
    return f"{numbers} {_join([_MONTHS[month - 1] for month in months], 'or')} does not exist"


def _few_times(expression: Expression) -> str:
    """ "08:00 and 20:00", if there are at most four."""
    if len(expression.hours) * len(expression.offsets) > _FEW:
        return ""
    seconds = [hour * 3600 + offset for hour in expression.hours for offset in expression.offsets]
    return _join([_clock(second) for second in seconds])


def _clock(second: int) -> str:
    hours_minutes = f"{second // 3600:02}:{second // 60 % 60:02}"
    return f"{hours_minutes}:{second % 60:02}" if second % 60 else hours_minutes


def _often(expression: Expression) -> str:
    """Even rhythms: "every 10 minutes", "every 2 hours", "at 15 minutes past every hour"."""
    second, minute, hour = (field.text for field in expression.fields[:3])
    if minute == "*" and hour == "*":
        return _rhythm(second, 60, "second") or ("every minute" if second == "0" else "")
    if second != "0":
        return ""
    if hour == "*":
        return _rhythm(minute, 60, "minute") or _past_the_hour(minute)
    return _rhythm(hour, 24, "hour") if minute == "0" else ""


def _past_the_hour(minute: str) -> str:
    if not minute.isdigit():
        return ""
    return "every hour" if minute == "0" else f"at {minute} minute{'s' * (minute != '1')} past every hour"


def _rhythm(text: str, whole: int, unit: str) -> str:
    if text in ("*", "*/1"):
        return f"every {unit}"
    step = text.removeprefix("*/")
    return f"every {step} {unit}s" if step != text and step.isdigit() and whole % int(step) == 0 else ""


def _explained(expression: Expression) -> str:
    """What is left, in CronSim's words; where it would misread a range of one with a step, it gets the values."""
    parts = [_readable(field) for field in expression.fields[:3]]
    sentence = explain(" ".join([*parts, "*", "*", "*"]))
    return sentence.removesuffix(" every day")


def _readable(field: Field) -> str:
    misread = "-" in field.text and "/" in field.text
    return ",".join(map(str, sorted(field.values))) if misread else field.text


def _days(expression: Expression) -> str:
    """ "every Monday to Friday in January", or nothing for every day."""
    rule, months = expression.days, expression.months
    of_month, of_week = _of_month(rule.of_month), _of_week(rule.of_week)
    if of_month and of_week:
        days = (
            f"{of_month} if it is {of_week.removeprefix('every ')}"
            if rule.needs_both
            else f"{of_month} and {of_week}"
        )
    else:
        days = of_month or of_week
    if len(months) == 12:
        return days
    return f"{days or 'every day'} in {_join(_runs(sorted(months), [*_MONTHS], 1))}"


def _of_month(field: Field) -> str:
    if field.text == "*":
        return ""
    specials = [_special_day(special) for special in field.specials]
    plain = [f"the {run}" for run in _runs(sorted(field.values), [_ordinal(day) for day in range(1, 32)], 1)]
    return f"on {_join([*plain, *specials])} of the month"


def _special_day(special: Special) -> str:
    if special.form == "W":
        return f"the weekday nearest to the {_ordinal(special.day)}"
    return "the last day" if special.form == "L" else "the last weekday"


def _of_week(field: Field) -> str:
    if field.text == "*":
        return ""
    specials = [
        f"the {'last' if special.form == 'last' else _NTH[special.nth]} {_WEEKDAYS[special.day]} of the month"
        for special in field.specials
    ]
    # A week is spoken from Monday, so that 5-7 and 0,5,6 are both "Friday to Sunday".
    numbers = sorted(day or 7 for day in field.values)
    plain = [f"every {_join(_runs(numbers, [*_WEEKDAYS[1:], _WEEKDAYS[0]], 1))}"] if numbers else []
    return _join([*plain, *(f"on {special}" for special in specials)])


def _runs(numbers: list[int], names: list[str], first: int) -> list[str]:
    """Name sorted numbers, three or more in a row as "A to B"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    spoken: list[str] = []
    for run in runs:
        called = [names[number - first] for number in run]
        spoken += [f"{called[0]} to {called[-1]}"] if len(run) > 2 else called
    return spoken


def _ordinal(number: int) -> str:
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _join(items: list[str], word: str = "and") -> str:
    return f"{', '.join(items[:-1])} {word} {items[-1]}" if len(items) > 1 else "".join(items)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
