"""What a person means by a name: a schedule's key first, then a task with exactly one schedule, then a task alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from rota.exceptions import Refused, UnknownName, nearest
from rota.models import Schedule
from rota.policies import Definition
from rota.queries.schedules import folded
from rota.schedules import registry

LISTED = 50


@dataclasses.dataclass(frozen=True)
class Meant:
    """A schedule with what it says, or a task (`schedule` None) with what its declaration says."""

    schedule: Schedule | None
    definition: Definition


def meant_by(name: str, *, using: str) -> Meant:
    """Case, `-` and `_` do not count; a task may be named by its path or the last part of it.

    Raises UnknownName with the nearest names and a list of all; Refused, with the keys, when several are meant.
    """
    schedules = list(Schedule.objects.using(using).order_by("key"))
    by_key = [one for one in schedules if folded(one.key) == folded(name)]
    if by_key:
        return _of(next((one for one in by_key if one.key == name), by_key[0]))
    for _problem in registry.loading():
        # A module that does not import hides its own tasks only; `manage.py check` says what is wrong with it.
        continue
    live = [one for one in schedules if one.retired_at is None]
    return _by_task(name, live) or _raise_unknown(name, live)


def names(schedules: Iterable[Schedule]) -> list[str]:
    """What may be run now: the keys, and the tasks that are on no schedule."""
    found = list(schedules)
    scheduled = {one.task_path for one in found}
    # The keys first: a list that is cut must not lose what people know by name.
    return [
        *sorted(one.key for one in found),
        *sorted(path for path in registry.known_tasks() if path not in scheduled),
    ]


def _by_task(name: str, schedules: list[Schedule]) -> Meant | None:
    known = registry.known_tasks()
    paths = _paths_like(name, {*known, *(one.task_path for one in schedules)})
    found = [one for one in schedules if one.task_path in paths]
    if len(found) > 1:
        raise Refused(f"{name!r} is on several schedules: name one of {', '.join(one.key for one in found)}.")
    if found:
        return _of(found[0])
    if len(paths) > 1:
        raise Refused(f"{name!r} is the name of several tasks: name one of {', '.join(sorted(paths))}.")
    return _task(paths.pop()) if paths else None


def _paths_like(name: str, paths: set[str]) -> set[str]:
    exact = {path for path in paths if folded(path) == folded(name)}
    return exact or {path for path in paths if folded(path.rpartition(".")[2]) == folded(name)}


def _of(schedule: Schedule) -> Meant:
    return Meant(schedule, Definition.from_json(schedule.definition))


def _task(path: str) -> Meant:
    task = registry.known_tasks()[path]
    said = Definition(
        task_path=path, calendar="off", queue_name=task.queue_name, priority=task.priority, backend=task.backend,
        overlap="allow", terms=registry.terms_for(path),
    )  # fmt: skip
    return Meant(None, said)


def _raise_unknown(name: str, schedules: list[Schedule]) -> Meant:
    known = names(schedules)
    listed = ", ".join(known[:LISTED]) + (f" and {len(known) - LISTED} more" if len(known) > LISTED else "")
    last_parts = {path.rpartition(".")[2] for path in registry.known_tasks()}
    raise UnknownName(
        f"Unknown task: {name[:200]}. Available are: {listed or 'none'}.",
        nearest(name[:200], [*known, *last_parts]),
    )
