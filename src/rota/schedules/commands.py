"""Management commands as tasks: only those that code declares with `rota.command()`, and some never."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from rota.exceptions import InvalidInput, UnknownName, nearest

TASK_PATH = "rota.execution.command.run_command"
"""The one task that runs a declared command."""

REFUSED = frozenset(
    {
        "changepassword", "createsuperuser", "dbshell", "diffsettings", "flush", "loaddata", "makemessages",
        "makemigrations", "migrate", "optimizemigration", "reset_db", "rota", "runserver", "runserver_plus",
        "shell", "shell_plus", "sqlflush", "squashmigrations", "startapp", "startproject", "test", "testserver",
    }
)  # fmt: skip
"""Commands that wait for a person, serve for ever, run any code, or can lose data: none is a scheduled task."""

_DECLARED: set[str] = set()


@dataclasses.dataclass(frozen=True)
class Command:
    """A management command with its positional arguments and its options."""

    name: str
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def kwargs(self) -> dict[str, Any]:
        """What the task that runs commands is called with."""
        return {"name": self.name, "args": list(self.args), "options": dict(self.options)}

    def __str__(self) -> str:
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.options.items()]
        return " ".join([self.name, *map(str, self.args), *options])


def command(name: str, *args: Any, **options: Any) -> Command:
    """Declare that the management command `name` may run as a task, here with these arguments and options.

    Options are named as in `call_command`: `verbosity=2`, `dry_run=True`. Raises InvalidInput for a command that no
    schedule may run. Whether the command exists is checked by `manage.py check`, when all apps are loaded.
    """
    _refuse(name)
    _DECLARED.add(name)
    return Command(name, args, options)


def declared() -> set[str]:
    """The names of the commands that this process's code has declared."""
    return set(_DECLARED)


def require(name: str) -> None:
    """Raises InvalidInput unless code has declared the command `name`."""
    _refuse(name)
    if name not in _DECLARED:
        known = ", ".join(sorted(_DECLARED)) or "none"
        raise UnknownName(
            f"The command {name!r} is not declared with rota.command(); declared are: {known}.",
            nearest(name, _DECLARED),
        )


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """What is declared inside the block is forgotten at its end. For tests."""
    before = set(_DECLARED)
    try:
        yield
    finally:
        _DECLARED.intersection_update(before)


def _refuse(name: str) -> None:
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"rota.command(): expected the name of a management command, got {name!r}.")
    if name in REFUSED:
        raise InvalidInput(
            f"rota.command({name!r}): this command may not run as a task, because it waits for a person, runs for "
            "ever, runs any code or can lose data. Write a command of your own that does the one thing needed."
        )
