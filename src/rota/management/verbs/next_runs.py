"""`rota next KEY`: the next instants at which a schedule is due."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.exceptions import InvalidInput
from rota.management.output import Output
from rota.queries import calendars, schedules
from rota.queries.words import relative

HELP = "Show the next instants at which a schedule is due."
MOST = 1000


def arguments(parser: ArgumentParser) -> None:
    """Which schedule, and how many."""
    parser.add_argument("name", metavar="KEY")
    parser.add_argument("-n", type=int, default=5, metavar="N", help="How many (default 5).")


def run(options: Namespace, out: Output) -> int:
    """As the schedule stands now; a pause with an end is passed over."""
    if not 1 <= options.n <= MOST:
        raise InvalidInput(f"-n: expected a number from 1 to {MOST}, got {options.n}.")
    using = conf.current().DATABASE
    now, schedule = clock.now(using), schedules.find(options.name, using=using)
    found = calendars.upcoming(schedule, now, options.n)
    if out.json:
        out.data({"key": schedule.key, "calendar": calendars.words(schedule.calendar), "next": found})
        return 0
    out.line(f"{schedule.key}: {calendars.words(schedule.calendar)}")
    if found:
        out.table((f"NEXT ({out.zone})", "LEFT", "UTC"), [
            (out.time(at), relative(at, now), f"{at:%Y-%m-%d %H:%M:%S}Z") for at in found
        ])  # fmt: skip
    else:
        out.line(schedules.why(schedule, now, using=using))
    return 0
