"""A schedule as its owner declares it: checked once, here, whoever declares it."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, Unpack

from django.conf import settings

from rota import arguments, timing
from rota.compat import AnyTask, Task
from rota.exceptions import InvalidArguments, InvalidInput, UnknownName, nearest
from rota.policies import Definition
from rota.schedules import commands, known, limiting, options, terms
from rota.schedules.commands import Command
from rota.schedules.home import home
from rota.schedules.options import Options

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
LONGEST_KEY = 200

Target: TypeAlias = AnyTask | Command


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declaration:
    """`origin` is where it is declared (`module:line`), `calendar_from` the variable that overrides its calendar."""

    key: str
    definition: Definition
    title: str = ""
    category: str = ""
    description: str = ""
    origin: str = ""
    calendar_from: str = ""


def build(
    key: str,
    calendar: timing.Calendar | str,
    target: Target | str,
    *,
    origin: str = "",
    **given: Unpack[Options],
) -> Declaration:
    """Check everything that can be checked without a database, and say it as one value.

    `target` is a task, `rota.command(...)`, or the path of a task. A calendar without a zone gets TIME_ZONE.
    Raises InvalidInput (UnknownName for an unknown task) with a sentence that names the key.
    """
    check_key(key)
    options.check_names(key, given)
    when = read_calendar(key, calendar)
    found = _found(key, target)
    return Declaration(
        key=key,
        origin=origin[:300],
        title=options.text(key, "title", given),
        category=options.text(key, "category", given),
        description=options.text(key, "description", given) or _described(found),
        definition=_definition(key, when, found, given),
    )


def check_key(key: str) -> None:
    """Raises InvalidInput unless `key` can be the key of a schedule."""
    if not isinstance(key, str) or not key:
        raise InvalidInput(f"A schedule's key: expected a text such as 'reports.nightly', got {key!r}.")
    if len(key) > LONGEST_KEY:
        raise InvalidInput(
            f"A schedule's key: expected at most {LONGEST_KEY} characters, got {len(key)} (it begins {key[:30]!r})."
        )
    if not KEY.fullmatch(key):
        raise InvalidInput(
            f"A schedule's key: expected letters (a to z) and digits, after the first one also . _ : -, got {key!r}."
        )


def read_calendar(key: str, calendar: timing.Calendar | str) -> timing.Calendar:
    """The calendar with the project's zone where it names none. Raises InvalidInput that says what is wrong in it."""
    if not isinstance(calendar, timing.Calendar | str):
        raise InvalidInput(
            f"{key!r}: expected a calendar, as rota.cron('0 8 * * *') or as a text, got {calendar!r}."
        )
    try:
        read = timing.parse(calendar) if isinstance(calendar, str) else calendar
        return timing.with_default_zone(read, settings.TIME_ZONE)
    except timing.CalendarError as error:
        raise InvalidInput(f"{key!r}: {error}") from error


def _found(key: str, target: Target | str) -> Target:
    if isinstance(target, Command):
        commands.require(target.name)
        return target
    if target == commands.TASK_PATH or getattr(target, "module_path", "") == commands.TASK_PATH:
        raise InvalidInput(f"{key!r}: a management command is scheduled with rota.command('its_name').")
    if isinstance(target, str):
        found = known.resolve(target)
        if found is None:
            raise UnknownName(
                f"{key!r}: there is no task {target!r}.", nearest(target, known.known_tasks(), 1)
            )
        return found
    if not isinstance(target, Task):
        name = getattr(target, "__name__", repr(target))
        raise InvalidInput(
            f"{key!r}: expected a task, got {name}. Put @scheduled above @task, not below it (and a plain function "
            "needs @task to be one)."
        )
    # A backend that is not ours does not register its tasks; what is scheduled must be known all the same.
    known.register_task(target)
    return target


def _definition(key: str, when: timing.Calendar, found: Target, given: Options) -> Definition:
    args, kwargs = _arguments(key, found, given)
    path, queue, priority, backend = _carried(found)
    said = terms.merged(known.terms_for(path), given, repr(key))
    limiting.check(said, _parameters(found), repr(key))
    definition = Definition(
        task_path=path,
        calendar=when.text(),
        args=args,
        kwargs=kwargs,
        queue_name=options.text(key, "queue_name", given) or queue,
        priority=options.priority(key, given.get("priority", priority)),
        backend=backend,
        terms=said,
        **options.policies(key, given),
    )
    gates = limiting.of_definition(definition, args, kwargs)
    return dataclasses.replace(definition, limit_key=gates.limit, rate_key=gates.rate)


def _parameters(found: Target) -> list[str]:
    if isinstance(found, Command):
        return ["name", *found.options]
    return limiting.parameters(found.func, found.takes_context)


def _carried(found: Target) -> tuple[str, str, int, str]:
    if isinstance(found, Command):
        backend, queue = home()
        return commands.TASK_PATH, queue, 0, backend
    return found.module_path, found.queue_name, found.priority, found.backend


def _arguments(key: str, found: Target, given: Options) -> tuple[list[Any], dict[str, Any]]:
    args, kwargs = given.get("args", ()), given.get("kwargs") or {}
    if isinstance(args, str | bytes) or not isinstance(args, Sequence) or not isinstance(kwargs, Mapping):
        raise InvalidInput(
            f"{key!r}: expected args to be a list and kwargs a dict, got {args!r} and {kwargs!r}."
        )
    try:
        if not isinstance(found, Command):
            return arguments.check(found, args, kwargs)
        if not args and not kwargs:
            return arguments.keep((), found.kwargs)
    except InvalidArguments as error:
        raise InvalidArguments(f"{key!r}: {error}") from error
    raise InvalidInput(f"{key!r}: the arguments of a command belong into rota.command({found.name!r}, ...).")


def _described(found: Target) -> str:
    if isinstance(found, Command):
        return f"manage.py {found}"[: options.LIMITS["description"]]
    return (inspect.getdoc(found.func) or "").partition("\n")[0].strip()[: options.LIMITS["description"]]
