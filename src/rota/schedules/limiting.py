"""From a task's limits and the arguments of one run to the gates that the run must pass."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rota import arguments
from rota.compat import AnyTask
from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.ledger import keys
from rota.policies import Definition, Terms
from rota.policies.limits import names
from rota.schedules import known
from rota.schedules.commands import TASK_PATH


class Gates(NamedTuple):
    """The keys of a run's gates: so many at once, so many in a period. None: no such limit."""

    limit: str | None = None
    rate: str | None = None


NONE = Gates()


def of_task(task: AnyTask, terms: Terms, bound: inspect.BoundArguments) -> Gates:
    """The gates of a run of `task` with these arguments."""
    if terms.concurrency is None and terms.rate is None:
        return NONE
    bound.apply_defaults()
    return _filled(terms, bound.arguments, task.module_path)


def of_definition(said: Definition, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Gates:
    """The gates of a run of what a schedule says, with other arguments than its own.

    A task that this process does not know counts as it would with the schedule's own arguments.
    """
    if said.task_path == TASK_PATH:
        return _filled(
            said.terms, {**kwargs.get("options", {}), "name": kwargs.get("name")}, _command(kwargs)
        )
    task = known.resolve(said.task_path)
    if task is None:
        return Gates(said.limit_key, said.rate_key)
    return of_task(task, said.terms, arguments.bind(task, args, kwargs))


def check(terms: Terms, known_names: Sequence[str], who: str) -> None:
    """Raises InvalidInput, with the nearest name, for a key that names an argument which is not there."""
    for key in (limit.key for limit in (terms.concurrency, terms.rate) if limit is not None):
        for name in names(key) if key is not None else ():
            if name not in known_names:
                listed = ", ".join(known_names) or "none"
                hint = did_you_mean(nearest(name, known_names, 1))
                raise InvalidInput(
                    f"{who}: the key {key!r} names the argument {name!r}; there are: {listed}.{hint}"
                )


def parameters(function: Any, takes_context: bool) -> list[str]:
    """The names that a key may hold: what a run of this function is given, one value each."""
    found = list(inspect.signature(function).parameters.values())[1 if takes_context else 0 :]
    many = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in found if each.kind not in many]


def _filled(terms: Terms, values: Mapping[str, Any], own: str) -> Gates:
    # Two limits with one key are two gates all the same.
    at_once, rate = terms.concurrency, terms.rate
    return Gates(
        None if at_once is None else keys.limit_key(at_once.key_for(values, own)),
        None if rate is None else keys.rate_key(rate.key_for(values, own)),
    )


def _command(kwargs: Mapping[str, Any]) -> str:
    return f"command:{kwargs.get('name')}"
