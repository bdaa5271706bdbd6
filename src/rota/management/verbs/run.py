"""`rota run`: the scheduler and the workers, until they are told to stop."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, Namespace

from rota.management.output import Output
from rota.management.running import options_from
from rota.processes.options import LOG_FORMATS
from rota.processes.supervisor import Supervisor

HELP = "Run the scheduler and the workers. Ends with 0 (all finished), 75 (handed back), 70 (killed), 78 (refused)."


def arguments(parser: ArgumentParser) -> None:
    """Each may also come from the environment, as ROTA_RUN_PROCESSES and so on; the command line wins."""
    parser.epilog = (
        "Every option may come from the environment: ROTA_RUN_PROCESSES=4, ROTA_RUN_NO_SCHEDULER=1, … "
        "Several kinds of workers: --worker, given several times, or ROTA['WORKERS'] in the settings."
    )
    _workers(parser)
    parser.add_argument("--no-scheduler", action="store_true", default=SUPPRESS, help="Workers only.")
    parser.add_argument("--no-workers", action="store_true", default=SUPPRESS, help="The scheduler only.")
    parser.add_argument("--once", action="store_true", default=SUPPRESS, help="Do what is due, then exit.")
    _number(parser, "--poll", "S", "An idle worker's longest sleep (default 0.5 s).", float)
    parser.add_argument("--log-file", default=SUPPRESS, metavar="PATH", help="Log to this file too.")
    parser.add_argument(
        "--log-format", choices=LOG_FORMATS, default=SUPPRESS, help="human (default) or json."
    )


def _workers(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--worker", dest="worker", action="append", default=SUPPRESS, metavar="'NAME=VALUE …'",
        help="A kind of worker, such as 'queues=mail,sms processes=2 threads=8'. May be given several times.",
    )  # fmt: skip
    parser.add_argument("--queues", default=SUPPRESS, help="Queues to serve, with commas (default: all).")
    _number(parser, "--processes", "N", "Worker processes (default 1).")
    _number(parser, "--threads", "N", "Runs per worker process at once, in threads (default 1).")
    _number(parser, "--asyncio", "N", "Runs per worker process at once, on one event loop.")
    _number(parser, "--max-tasks", "N", "Replace a worker process after about N runs.")
    _number(parser, "--max-memory", "MB", "Replace a worker process above MB, between two runs.")
    _number(parser, "--kill-memory", "MB", "Kill a worker process above MB (default: twice --max-memory).")


def _number(parser: ArgumentParser, name: str, metavar: str, text: str, kind: type = int) -> None:
    parser.add_argument(name, type=kind, default=SUPPRESS, metavar=metavar, help=text)


def run(options: Namespace, out: Output) -> int:
    """Returns the supervisor's exit code."""
    return Supervisor(options_from(vars(options), os.environ)).run()
