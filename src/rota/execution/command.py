"""The one task that runs a management command: only commands that code declared with `rota.command()`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management import call_command

from rota.execution import logs
from rota.execution.texts import Captured
from rota.schedules import calling, commands
from rota.schedules.home import builtin


class _Output(io.TextIOBase):
    """What a command writes: kept for the result, and in the run's log as it comes."""

    def __init__(self) -> None:
        self.captured = Captured()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.captured.write(text)
        logs.write(text)
        return len(text)


@builtin
def run_command(
    name: str, args: Sequence[Any] = (), options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Run the management command `name`; the result holds its output, bounded.

    Raises UnknownName when the command is not declared, InvalidInput when it cannot be called so, and whatever the
    command raises. A command that leaves with
    exit status 0 has succeeded.
    """
    commands.require(name)
    positional, named = calling.arranged(commands.Command(name, tuple(args), dict(options or {})))
    output = _Output()
    try:
        call_command(name, *positional, stdout=output, stderr=output, **named)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
    return {"command": name, "output": output.captured.text()}
