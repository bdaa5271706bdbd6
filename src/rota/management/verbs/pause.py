"""`rota pause KEY`: a schedule promises nothing until it is resumed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import actions, clock, conf
from rota.management import parsing
from rota.management.output import Output

HELP = "Pause a schedule; what falls into the pause is skipped. It stays paused through deploys."


def arguments(parser: ArgumentParser) -> None:
    """Which schedule, why, and until when."""
    parser.add_argument("name", metavar="KEY")
    parser.add_argument(
        "--until", default="", metavar="TIME", help="A time, or a span such as 2h; else until resumed."
    )
    parsing.accountable(parser)


def run(options: Namespace, out: Output) -> int:
    """Say until when."""
    now = clock.now(conf.current().DATABASE)
    until = parsing.moment(options.until, now, ahead=True) if options.until else None
    row = actions.pause(options.name, parsing.actor(options), options.reason, until)
    if out.json:
        out.data(
            {
                "key": row.key,
                "paused_by": row.paused_by,
                "reason": row.paused_reason,
                "until": row.paused_until,
            }
        )
    else:
        end = (
            f"until {out.time(row.paused_until)}"
            if row.paused_until
            else f"until: manage.py rota resume {row.key}"
        )
        out.line(f"Paused {row.key} {end}. What falls into the pause is skipped.")
    return 0
