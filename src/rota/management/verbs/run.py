"""`rota run`: the scheduler and the workers, until they are told to stop."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.management.output import Output
from rota.processes.options import LOG_FORMATS, Options
from rota.processes.supervisor import Supervisor

HELP = "Run the scheduler and the workers. Ends with 0 (all finished), 75 (handed back), 70 (killed), 78 (refused)."

PREFIX = "ROTA_RUN_"
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
NUMBERS = {"processes": int, "threads": int, "poll": float}
FLAGS = ("no_scheduler", "no_workers", "once")
TEXTS = ("queues", "log_file", "log_format")


def arguments(parser: ArgumentParser) -> None:
    """Each may also come from the environment, as ROTA_RUN_PROCESSES and so on; the command line wins."""
    parser.epilog = (
        "Every option may come from the environment: ROTA_RUN_PROCESSES=4, ROTA_RUN_NO_SCHEDULER=1, …"
    )
    parser.add_argument(
        "--processes", type=int, default=SUPPRESS, metavar="N", help="Worker processes (default 1)."
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=SUPPRESS,
        metavar="N",
        help="Runs per worker process at once (default 1).",
    )
    parser.add_argument("--queues", default=SUPPRESS, help="Queues to serve, with commas (default: all).")
    parser.add_argument("--no-scheduler", action="store_true", default=SUPPRESS, help="Workers only.")
    parser.add_argument("--no-workers", action="store_true", default=SUPPRESS, help="The scheduler only.")
    parser.add_argument("--once", action="store_true", default=SUPPRESS, help="Do what is due, then exit.")
    parser.add_argument(
        "--poll",
        type=float,
        default=SUPPRESS,
        metavar="S",
        help="An idle worker's longest sleep (default 0.5 s).",
    )
    parser.add_argument("--log-file", default=SUPPRESS, metavar="PATH", help="Log to this file too.")
    parser.add_argument(
        "--log-format", choices=LOG_FORMATS, default=SUPPRESS, help="human (default) or json."
    )


def run(options: Namespace, out: Output) -> int:
    """Returns the supervisor's exit code."""
    return Supervisor(options_from(vars(options), os.environ)).run()


def options_from(given: Mapping[str, Any], environ: Mapping[str, str]) -> Options:
    """The command line over the environment over the defaults. Raises InvalidInput that names the variable."""
    names = (*NUMBERS, *FLAGS, *TEXTS)
    found = from_environment(environ) | {name: given[name] for name in names if name in given}
    queues = found.pop("queues", "")
    return Options(
        scheduler=not found.pop("no_scheduler", False),
        workers=not found.pop("no_workers", False),
        queues=tuple(one.strip() for one in queues.split(",") if one.strip()),
        **found,
    )


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The options that ROTA_RUN_… variables set. Raises InvalidInput for one that means nothing."""
    found: dict[str, Any] = {}
    known = {PREFIX + name.upper(): name for name in (*NUMBERS, *FLAGS, *TEXTS)}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable not in known:
            raise InvalidInput(f"There is no option {variable}.{did_you_mean(nearest(variable, known))}")
        found[known[variable]] = _value(known[variable], variable, environ[variable].strip())
    return found


def _value(name: str, variable: str, text: str) -> Any:
    if name in NUMBERS:
        try:
            return NUMBERS[name](text)
        except ValueError:
            raise InvalidInput(f"{variable}: expected a number, got {text!r}.") from None
    if name in FLAGS:
        if text.lower() not in (*YES, *NO):
            raise InvalidInput(f"{variable}: expected 1 or 0, got {text!r}.")
        return text.lower() in YES
    return text
