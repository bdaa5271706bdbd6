"""The arguments of a run that somebody asks for: what is stored, what was given, and that both fit the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rota import arguments
from rota.exceptions import InvalidArguments, Refused
from rota.policies import Definition
from rota.schedules import registry
from rota.schedules.calling import problem
from rota.schedules.commands import TASK_PATH, Command, require


def merged(
    said: Definition, args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None
) -> tuple[list[Any], dict[str, Any]]:
    """`args` stand for the stored ones, `kwargs` go over them; for a command, over its options.

    Raises InvalidArguments with a sentence; Refused when arguments are given for a task that this process lacks.
    """
    if said.task_path == TASK_PATH:
        return _for_command(said, args, kwargs)
    wanted = list(said.args if args is None else args), {**said.kwargs, **(kwargs or {})}
    task = registry.resolve(said.task_path)
    if task is not None:
        return arguments.check(task, *wanted)
    if args or kwargs:
        raise Refused(
            f"This process's code has no task {said.task_path}, so the arguments cannot be checked."
        )
    return wanted


def _for_command(
    said: Definition, args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None
) -> tuple[list[Any], dict[str, Any]]:
    stored = said.kwargs
    positional = stored.get("args", ()) if args is None else args
    wanted = Command(stored["name"], tuple(positional), {**stored.get("options", {}), **(kwargs or {})})
    require(wanted.name)
    wrong = problem(wanted)
    if wrong:
        raise InvalidArguments(wrong)
    return arguments.keep((), wanted.kwargs)
