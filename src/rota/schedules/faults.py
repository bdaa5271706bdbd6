"""What is wrong with the declarations of a project, as system check messages."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks
from django.core.checks import CheckMessage, Error

from rota import timing
from rota.compat import task_backends
from rota.exceptions import did_you_mean, nearest
from rota.schedules import calling, commands, environment, registry
from rota.schedules.commands import Command
from rota.schedules.declaration import Declaration


def faults() -> Iterator[CheckMessage]:
    """Load every declaration, and say what is wrong. Raises nothing for a person's mistake."""
    for problem in registry.loading():
        yield Error(
            str(problem), hint="Until it is corrected, what it declares is not known.", id="rota.E005"
        )
    declared = registry.declarations()
    for declaration in declared.values():
        yield from _one(declaration)
    yield from _environment(list(declared))


def _one(declaration: Declaration) -> Iterator[CheckMessage]:
    definition = declaration.definition
    if definition.task_path == commands.TASK_PATH:
        yield from _command(declaration)
    queues = _queues(definition.backend)
    if queues and definition.queue_name not in queues:
        near = did_you_mean(nearest(definition.queue_name, queues))
        yield Error(
            f"The schedule {declaration.key!r} ({declaration.origin}) uses the queue {definition.queue_name!r}, "
            f"which is not in QUEUES of TASKS[{definition.backend!r}].{near}",
            hint=f"Add it to QUEUES, or use one of: {', '.join(sorted(queues))}.",
            id="rota.E006",
        )
    if timing.parse(definition.calendar).impossible and not declaration.calendar_from:
        yield checks.Warning(
            f"The schedule {declaration.key!r} ({declaration.origin}) can never fire: "
            f"{timing.parse(definition.calendar).describe()}.",
            hint="It runs by hand only. Correct its calendar if that is not meant.",
            id="rota.W003",
        )


def _queues(backend: str) -> set[str]:
    """Empty when every queue is right, or when the backend itself is what is wrong."""
    entry = task_backends.settings.get(backend)
    return set(entry.get("QUEUES", ["default"])) if isinstance(entry, dict) else set()


def _command(declaration: Declaration) -> Iterator[CheckMessage]:
    said = declaration.definition.kwargs
    wrong = calling.problem(Command(said["name"], tuple(said["args"]), said["options"]))
    if wrong:
        yield Error(
            f"The schedule {declaration.key!r} ({declaration.origin}): {wrong}",
            hint=f"See `manage.py help {said['name']}`, and rota.command() in {declaration.origin}.",
            id="rota.E007",
        )


def _environment(keys: list[str]) -> Iterator[CheckMessage]:
    for variable, said in environment.problems(keys).items():
        yield Error(said, hint=f"Such as {variable}='every 5 minutes', '0 3 * * *' or 'off'.", id="rota.E008")
    for variable, obeying in environment.shared(keys).items():
        yield checks.Warning(
            f"The schedules {' and '.join(map(repr, obeying))} obey one environment variable, {variable}.",
            hint="Change one of the keys if they must be overridden apart.",
            id="rota.W004",
        )
    for variable, said in environment.strays(keys).items():
        yield checks.Warning(
            said, hint=f"Nothing obeys {variable}: correct its name, or remove it.", id="rota.W005"
        )
