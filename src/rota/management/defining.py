"""The options of a schedule on the command line."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from typing import Any

from rota.conf import CATCH_UPS, OVERLAPS
from rota.exceptions import InvalidInput
from rota.management import parsing
from rota.management.output import Output
from rota.models import Schedule
from rota.schedules import registry
from rota.schedules.commands import Command, require

TEXTS = (
    "title",
    "category",
    "description",
    "catch_up",
    "overlap",
    "cap",
    "priority",
    "critical",
    "at_most_once",
)
SPANS = ("jitter", "timeout", "hard_timeout")


def arguments(parser: ArgumentParser) -> None:
    """Only what is given is in the namespace, so that an edit changes nothing else."""
    given: dict[str, Any] = {"default": SUPPRESS}
    parser.add_argument(
        "--task", metavar="PATH", help="The path of the task, such as shop.tasks.send.", **given
    )
    parser.add_argument(
        "--command", metavar="NAME", help="Instead: a management command that code declares.", **given
    )
    parser.add_argument("--title", **given)
    parser.add_argument("--category", **given)
    parser.add_argument("--description", **given)
    parser.add_argument(
        "--arg", action="append", metavar="NAME=VALUE", help="An argument; JSON or text.", **given
    )
    parser.add_argument(
        "--args", dest="positional", metavar="JSON", help="Positional arguments, a JSON list.", **given
    )
    parser.add_argument("--kwargs", metavar="JSON", help="Arguments by name, a JSON object.", **given)
    parser.add_argument("--catch-up", choices=CATCH_UPS, **given)
    parser.add_argument(
        "--window", metavar="SPAN", help="How far catch-up looks back; 'none' for no limit.", **given
    )
    parser.add_argument("--cap", type=int, help="How many are made up for at most.", **given)
    parser.add_argument("--overlap", choices=OVERLAPS, **given)
    parser.add_argument("--critical", choices=("yes", "no"), **given)
    parser.add_argument("--jitter", metavar="SPAN", **given)
    parser.add_argument("--queue", metavar="NAME", **given)
    parser.add_argument("--priority", type=int, **given)
    parser.add_argument("--timeout", metavar="SPAN", **given)
    parser.add_argument("--hard-timeout", metavar="SPAN", **given)
    parser.add_argument("--at-most-once", choices=("yes", "no"), **given)


def options_of(options: Namespace) -> dict[str, Any]:
    """What was given, as `rota.schedules` takes it; `task` is a path or a command. Raises InvalidInput."""
    given = vars(options)
    found = {name: _plain(given[name]) for name in TEXTS if name in given}
    found |= {name: parsing.span(given[name]) for name in SPANS if name in given}
    if "queue" in given:
        found["queue_name"] = given["queue"]
    if "window" in given:
        found["window"] = None if given["window"] == "none" else parsing.span(given["window"])
    return found | _target(given)


def tell_change(row: Schedule, done: str, out: Output) -> int:
    """Say what was done, and warn of a calendar that never comes."""
    if out.json:
        out.data(
            {"key": row.key, "version": row.version, "calendar": row.calendar, "retired_at": row.retired_at}
        )
    else:
        out.line(f"{done} {row.key} (version {row.version}, {row.calendar}).")
    if row.impossible:
        out.warn(
            f"{row.key}: the calendar {row.calendar} never comes. It runs only by hand: manage.py rota now {row.key}"
        )
    return 0


def _plain(value: Any) -> Any:
    return value == "yes" if value in ("yes", "no") else value


def _target(given: dict[str, Any]) -> dict[str, Any]:
    if "task" in given and "command" in given:
        raise InvalidInput("Expected --task or --command, got both.")
    args = parsing.json_of(given["positional"], list, "--args") if "positional" in given else None
    has_kwargs = "arg" in given or "kwargs" in given
    kwargs = parsing.keywords(given.get("arg", ()), given.get("kwargs", "")) if has_kwargs else None
    if "command" in given:
        registry.load()  # only declared commands may run, and declarations live in the modules `tasks`
        require(given["command"])
        return {"task": Command(given["command"], tuple(args or ()), kwargs or {})}
    found = {"task": given["task"]} if "task" in given else {}
    return found | ({} if args is None else {"args": args}) | ({} if kwargs is None else {"kwargs": kwargs})
