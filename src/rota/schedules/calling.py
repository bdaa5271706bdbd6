"""How a declared management command is called, and whether it can be. Needs all apps loaded."""

from __future__ import annotations

from argparse import Action
from typing import Any

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.schedules.commands import Command


def problem(wanted: Command) -> str:
    """What is wrong with a declared command, in a sentence; empty when it can be called."""
    known = get_commands()
    if wanted.name not in known:
        return f"There is no management command {wanted.name!r}.{did_you_mean(nearest(wanted.name, known))}"
    try:
        command = _load(wanted.name)
        actions = _actions(command, wanted.name)
    except Exception as error:  # noqa: BLE001 - a person's module may raise anything; it is said
        return f"The management command {wanted.name!r} cannot be loaded: {type(error).__name__}: {error}"
    return _unknown_option(wanted, command, actions) or _wrong_argument(wanted, actions)


def arranged(wanted: Command) -> tuple[list[str], dict[str, Any]]:
    """Arguments and options for `call_command`. An option that names a positional argument goes to its place.

    Raises InvalidInput, with the sentence of `problem`, when the command cannot be called so.
    """
    said = problem(wanted)
    if said:
        raise InvalidInput(said)
    args, options = [str(arg) for arg in wanted.args], dict(wanted.options)
    for action in _positionals(_actions(_load(wanted.name), wanted.name)):
        if action.dest in options:
            value = options.pop(action.dest)
            args.extend(str(item) for item in (value if isinstance(value, list | tuple) else [value]))
    return args, options


def _load(name: str) -> BaseCommand:
    home = get_commands()[name]
    return home if isinstance(home, BaseCommand) else load_command_class(home, name)


def _actions(command: BaseCommand, name: str) -> list[Action]:
    return command.create_parser("manage.py", name)._actions


def _positionals(actions: list[Action]) -> list[Action]:
    return [action for action in actions if not action.option_strings]


def _unknown_option(wanted: Command, command: BaseCommand, actions: list[Action]) -> str:
    known = {action.dest for action in actions} | {*command.base_stealth_options, *command.stealth_options}
    known |= {flag.lstrip("-").replace("-", "_") for action in actions for flag in action.option_strings}
    for name in wanted.options:
        if name not in known:
            return f"The management command {wanted.name!r} has no option {name!r}.{did_you_mean(nearest(name, known))}"
    return ""


def _wrong_argument(wanted: Command, actions: list[Action]) -> str:
    positionals = _positionals(actions)
    for action in positionals[: len(wanted.args)]:
        if action.dest in wanted.options:
            return f"The management command {wanted.name!r} is given the argument {action.dest!r} twice."
    for action in positionals[len(wanted.args) :]:
        if action.required and action.dest not in wanted.options:
            return f"The management command {wanted.name!r} needs the argument {action.dest!r}."
    return ""
