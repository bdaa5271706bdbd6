"""What a project writes: `@rota.task`, `@rota.scheduled`, `rota.schedule`, `rota.command`, `rota.enqueue_many`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ParamSpec, TypeAlias, TypeVar, Unpack, overload

from rota import compat, timing
from rota.compat import AnyResult, AnyTask, InvalidTask, Task
from rota.exceptions import InvalidInput
from rota.policies import Retry, Terms
from rota.schedules import registry, terms
from rota.schedules.commands import command
from rota.schedules.declaration import Target, build
from rota.schedules.options import Options

__all__ = ["command", "enqueue_many", "schedule", "scheduled", "task"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=AnyTask)

Call: TypeAlias = tuple[AnyTask, Sequence[Any], Mapping[str, Any]]


@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    retry: Retry | None = None,
    timeout: timedelta | float | None = None,
    hard_timeout: timedelta | float | None = None,
    at_most_once: bool = False,
    priority: int = 0,
    queue_name: str = "default",
    backend: str = "default",
    takes_context: bool = False,
) -> Callable[[Callable[..., R]], Task[..., R]]: ...
def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    retry: Retry | None = None,
    timeout: timedelta | float | None = None,
    hard_timeout: timedelta | float | None = None,
    at_most_once: bool = False,
    **stock: Any,
) -> Any:
    """Django's `@task` with terms: bare, or with any of these arguments beside Django's own.

    `timeout` (timedelta or seconds) raises SoftTimeout in the task; `hard_timeout` kills its process, and is 10 s
    after `timeout` when only that is given. `at_most_once` gives up an attempt that was lost with its process instead
    of running the task again. Raises InvalidTask for what is no function of a module, InvalidInput for impossible
    terms.
    """
    given = {"retry": retry, "timeout": timeout, "at_most_once": at_most_once}
    if hard_timeout is not None:
        given["hard_timeout"] = hard_timeout

    def decorate(function: Callable[..., Any]) -> AnyTask:
        _refuse_unless_in_a_module(function)
        own = terms.merged(Terms(), given, f"@rota.task {function.__qualname__}")
        made: AnyTask = compat.task(**stock)(function)
        registry.register_task(made)
        registry.set_terms(made.module_path, own)
        return made

    return decorate if function is None else decorate(function)


def scheduled(key: str, calendar: timing.Calendar | str, **options: Unpack[Options]) -> Callable[[T], T]:
    """Above `@task`: run the task by this calendar. Several may be stacked, each with a key of its own.

    The key is the schedule's name for good: rename the function and its history stays. For the options see `Options`.
    Raises InvalidInput, in a sentence, for everything that is wrong with the declaration.
    """
    origin = _caller()

    def decorate(task: T) -> T:
        registry.declare(build(key, calendar, task, origin=origin, **options))
        return task

    return decorate


def schedule(key: str, calendar: timing.Calendar | str, target: Target, **options: Unpack[Options]) -> None:
    """The same as a function, for a task from elsewhere or a `rota.command(...)`. Raises as `scheduled` does."""
    registry.declare(build(key, calendar, target, origin=_caller(), **options))


@overload
def enqueue_many(task: AnyTask, calls: Iterable[Sequence[Any] | Mapping[str, Any]], /) -> list[AnyResult]: ...
@overload
def enqueue_many(calls: Iterable[Call], /) -> list[AnyResult]: ...
def enqueue_many(*given: Any) -> list[AnyResult]:
    """Enqueue thousands at once, in one transaction, a thousand rows a statement; results in the order of the calls.

    `enqueue_many(task, calls)`, each call a dict (keyword arguments) or a tuple or list (positional ones);
    `enqueue_many(calls)`, each call a tuple `(task, args, kwargs)`. All is checked before anything is written.
    Raises InvalidInput for a call of another form, TypeError for arguments that do not fit.
    """
    calls = [_call(*given[:-1], each) for each in given[-1]]
    if not calls:
        return []
    if not all(hasattr(task.get_backend(), "enqueue_many") for task, _, _ in calls):
        # Another backend, such as Django's immediate one in a project's tests.
        return [task.enqueue(*args, **kwargs) for task, args, kwargs in calls]
    backend: Any = calls[0][0].get_backend()
    results: list[AnyResult] = backend.enqueue_many(calls)
    return results


def _call(*given: Any) -> Call:
    match given:
        case (Task() as task, Mapping() as kwargs):
            return task, (), kwargs
        case (Task() as task, tuple() | list() as args):
            return task, args, {}
        case ((Task() as task, tuple() | list() as args, Mapping() as kwargs),):
            return task, args, kwargs
    wanted = "a dict or a tuple of arguments" if len(given) > 1 else "(task, args, kwargs)"
    raise InvalidInput(f"enqueue_many: expected each call to be {wanted}, got {given[-1]!r}.")


def _refuse_unless_in_a_module(function: Any) -> None:
    if not inspect.isfunction(function):
        raise InvalidTask(f"@rota.task: expected a function, got {function!r}.")
    if function.__name__ == "<lambda>" or "<locals>" in function.__qualname__:
        kind = "a lambda" if function.__name__ == "<lambda>" else f"the nested function {function.__name__}"
        raise InvalidTask(
            f"@rota.task: expected a function defined at the top of a module, got {kind}, "
            "which a worker could not import."
        )


def _caller() -> str:
    """Where the caller of our caller stands, as `module:line`."""
    frame = sys._getframe(2)
    return f"{frame.f_globals.get('__name__', '?')}:{frame.f_lineno}"
