"""What this process's code declares: its tasks, their terms, and the schedules. In memory; no database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from rota import conf
from rota.exceptions import InvalidInput
from rota.schedules import commands, environment, from_settings, known
from rota.schedules.declaration import Declaration
from rota.schedules.known import known_tasks, register_task, resolve, set_terms, terms_for

__all__ = [
    "apart", "declarations", "declare", "known_tasks", "load", "loading", "register_task", "resolve", "set_terms",
    "terms_for",
]  # fmt: skip

_DECLARED: dict[str, Declaration] = {}


def declare(declaration: Declaration) -> None:
    """Take a schedule in. The same one again changes nothing.

    Raises InvalidInput, with both places, when its key is taken, or one that differs only in case, `-` and `_`.
    """
    for key, other in _DECLARED.items():
        if _plain(key) == _plain(declaration.key) and other != declaration:
            raise InvalidInput(_taken(declaration, other))
    _DECLARED[declaration.key] = declaration


def declarations() -> dict[str, Declaration]:
    """What code and settings declare, by key, with the calendars that the environment overrides."""
    return {key: environment.applied(declaration) for key, declaration in _DECLARED.items()}


def load() -> None:
    """Import the module `tasks` of every installed app, then read SCHEDULES. May be called again.

    Raises InvalidInput, naming the module or the key, for the first thing that is wrong.
    """
    for problem in loading():
        raise problem


def loading() -> Iterator[InvalidInput]:
    """The same, going on after what is wrong; yields each problem."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "tasks"):
            yield from _importing(f"{config.name}.tasks")
    yield from _declaring_settings()


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """What is registered or declared inside the block is forgotten at its end. For tests."""
    before = dict(_DECLARED)
    with known.apart(), commands.apart():
        try:
            yield
        finally:
            _DECLARED.clear()
            _DECLARED.update(before)


def _importing(module: str) -> Iterator[InvalidInput]:
    try:
        import_module(module)
    except Exception as error:  # noqa: BLE001 - a person's module may raise anything; it is said
        problem = InvalidInput(f"The module {module} cannot be imported: {type(error).__name__}: {error}")
        problem.__cause__ = error
        yield problem


def _declaring_settings() -> Iterator[InvalidInput]:
    for key in [
        key for key, declaration in _DECLARED.items() if declaration.origin.startswith(from_settings.ORIGIN)
    ]:
        del _DECLARED[key]
    for key, entry in conf.current().SCHEDULES.items():
        try:
            declare(from_settings.read(key, entry))
        except InvalidInput as problem:
            yield problem


def _taken(new: Declaration, old: Declaration) -> str:
    if new.key == old.key:
        return f"The schedule {new.key!r} is declared twice: at {old.origin} and at {new.origin}."
    return (
        f"The schedule {new.key!r} at {new.origin} is too like {old.key!r} at {old.origin}: "
        "keys must differ in more than case, - and _."
    )


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")
