"""Schedules from the project's settings: `ROTA = {"SCHEDULES": {"key": {"task": ..., "calendar": ...}}}`."""

from __future__ import annotations

from typing import Any

from rota import timing
from rota.exceptions import InvalidInput
from rota.schedules.commands import Command, command
from rota.schedules.declaration import Declaration, build

ORIGIN = "settings.ROTA['SCHEDULES']"


def read(key: str, entry: Any) -> Declaration:
    """One entry: `calendar`, and either `task` (a path) or `command` (a name, with `args` and `kwargs` as its
    arguments and options), beside the options of any schedule. Raises InvalidInput for what is wrong with it.
    """
    if not isinstance(entry, dict):
        raise InvalidInput(f"{ORIGIN}[{key!r}]: expected a dict, got {entry!r}.")
    if "calendar" not in entry or ("task" in entry) == ("command" in entry):
        raise InvalidInput(
            f"{ORIGIN}[{key!r}]: expected 'calendar' and either 'task' or 'command', got {', '.join(map(repr, entry))}."
        )
    options = {name: value for name, value in entry.items() if name not in ("calendar", "task", "command")}
    target = _command(key, entry["command"], options) if "command" in entry else _task(key, entry["task"])
    calendar: timing.Calendar | str = entry["calendar"]
    return build(key, calendar, target, origin=f"{ORIGIN}[{key!r}]", **options)


def _task(key: str, path: Any) -> str:
    if not isinstance(path, str):
        raise InvalidInput(
            f"{ORIGIN}[{key!r}]: expected 'task' to be a path such as 'app.tasks.name', got {path!r}."
        )
    return path


def _command(key: str, name: Any, options: dict[str, Any]) -> Command:
    args, kwargs = options.pop("args", ()), options.pop("kwargs", None) or {}
    if not isinstance(args, list | tuple) or not isinstance(kwargs, dict):
        raise InvalidInput(
            f"{ORIGIN}[{key!r}]: expected args to be a list and kwargs a dict, got {args!r} and {kwargs!r}."
        )
    wanted = command(name, *args)
    return Command(wanted.name, wanted.args, {str(option): value for option, value in kwargs.items()})
