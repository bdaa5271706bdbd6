"""What a project writes: tasks and schedules are declared here, and runs are asked for."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar, Unpack, overload

from rota import clock, compat, conf, timing
from rota.compat import AnyResult, AnyTask, InvalidTask, Task
from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.policies import Limit, Retry, Terms
from rota.schedules import limiting, registry, terms
from rota.schedules.commands import command
from rota.schedules.declaration import Target, build
from rota.schedules.options import Options
from rota.schedules.receipt import Receipt

__all__ = ["command", "enqueue", "enqueue_many", "schedule", "scheduled", "task"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=AnyTask)

Unique: TypeAlias = Literal["ever", "open"]

LONGEST_KEY = 200

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
    concurrency: int | Limit | None = None,
    rate: Limit | None = None,
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
    concurrency: int | Limit | None = None,
    rate: Limit | None = None,
    **stock: Any,
) -> Any:
    """Django's `@task` with terms: bare, or with any of these arguments beside Django's own.

    `timeout` (timedelta or seconds) raises SoftTimeout in the task; `hard_timeout` kills its process, and is 10 s
    after `timeout` when only that is given. `at_most_once` gives up an attempt that was lost with its process instead
    of running the task again. `concurrency` (a number or a limit) is how many of its runs go at once, `rate` how many
    begin in a period, wherever they are enqueued and whoever performs them.
    Raises InvalidTask for what is no function of a module, InvalidInput for impossible terms.
    """
    _refuse_unknown(stock)
    given: dict[str, Any] = {"retry": retry, "timeout": timeout, "at_most_once": at_most_once}
    given |= {"concurrency": concurrency, "rate": rate}
    if hard_timeout is not None:
        given["hard_timeout"] = hard_timeout

    def decorate(function: Callable[..., Any]) -> AnyTask:
        _refuse_unless_in_a_module(function)
        who = f"@rota.task {function.__qualname__}"
        own = terms.merged(Terms(), given, who)
        limiting.check(own, limiting.parameters(function, stock.get("takes_context", False)), who)
        made: AnyTask = compat.task(**stock)(function)
        registry.register_task(made)
        registry.set_terms(made.module_path, own)
        return made

    return decorate if function is None else decorate(function)


STOCK = ("priority", "queue_name", "backend", "takes_context")
"""Django's own arguments of `@task`."""


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


def enqueue(
    task: AnyTask,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    key: str | None = None,
    unique: Unique = "ever",
    run_after: datetime | None = None,
    delay: timedelta | float | None = None,
    priority: int | None = None,
    queue_name: str | None = None,
) -> Receipt:
    """Enqueue one run, in the caller's transaction if there is one; the receipt says whether it is new.

    `key` is an idempotency key of this task, 1 to 200 characters: asked for twice, there is one run, also when many
    ask at once. It is taken as long as the run is kept; with `unique="open"` only until the run has ended.
    `run_after` (aware) or `delay` (timedelta or seconds from now, by the database's clock) is when it may begin.
    Raises InvalidInput, InvalidTask for what Django refuses, TypeError for arguments that do not fit.
    """
    _check_call(task, args, kwargs, priority)
    using: dict[str, Any] = {
        "priority": priority,
        "queue_name": queue_name,
        "run_after": _not_before(run_after, delay),
    }
    wanted = task.using(**{name: value for name, value in using.items() if value is not None})
    (receipt,) = _place([(wanted, args, kwargs or {})], [key], unique)
    return receipt


@overload
def enqueue_many(
    task: AnyTask,
    calls: Iterable[Sequence[Any] | Mapping[str, Any]],
    /,
    *,
    keys: Sequence[str | None] | None = None,
    unique: Unique = "ever",
) -> list[AnyResult]: ...
@overload
def enqueue_many(
    calls: Iterable[Call], /, *, keys: Sequence[str | None] | None = None, unique: Unique = "ever"
) -> list[AnyResult]: ...
def enqueue_many(
    *given: Any, keys: Sequence[str | None] | None = None, unique: Unique = "ever"
) -> list[AnyResult]:
    """Enqueue thousands at once, in one transaction, a thousand rows a statement; results in the order of the calls.

    `enqueue_many(task, calls)`, each call a dict (keyword arguments) or a tuple or list (positional ones);
    `enqueue_many(calls)`, each call a tuple `(task, args, kwargs)`. All is checked before anything is written.
    `keys` are idempotency keys as in `enqueue`, one for each call: what was asked for before gives the earlier result.
    Raises InvalidInput for a call of another form, TypeError for arguments that do not fit.
    """
    if (
        not 1 <= len(given) <= 2
        or isinstance(given[-1], str | Mapping)
        or not isinstance(given[-1], Iterable)
    ):
        raise InvalidInput(
            f"enqueue_many: expected a list of calls, got {given[-1] if given else 'nothing'!r}."
        )
    if isinstance(keys, str):
        raise InvalidInput(f"enqueue_many: expected keys to be a list with one for each call, got {keys!r}.")
    calls = [_call(*given[:-1], each) for each in given[-1]]
    wanted: list[str | None] = [None] * len(calls) if keys is None else list(keys)
    return [receipt.result for receipt in _place(calls, wanted, unique)]


def _place(calls: list[Call], keys: list[str | None], unique: Unique) -> list[Receipt]:
    _check_keys(calls, keys, unique)
    if not calls:
        return []
    if all(hasattr(task.get_backend(), "place") for task, _, _ in calls):
        backend: Any = calls[0][0].get_backend()
        receipts: list[Receipt] = backend.place(calls, keys, until_end=unique == "open")
        return receipts
    # Another backend, such as Django's immediate one in a project's tests.
    if any(key is not None for key in keys):
        raise InvalidInput(
            f"enqueue: a key needs rota's backend, and {calls[0][0].name} goes to another one."
        )
    results = [task.enqueue(*args, **kwargs) for task, args, kwargs in calls]
    return [Receipt(str(result.id), created=True, result=result) for result in results]


def _refuse_unknown(stock: Mapping[str, Any]) -> None:
    for name in stock:
        if name not in STOCK:
            known = (*STOCK, "retry", "timeout", "hard_timeout", "at_most_once", "concurrency", "rate")
            hint = did_you_mean(nearest(name, known))
            raise InvalidInput(
                f"@rota.task: unknown argument {name!r}; known are {', '.join(sorted(known))}.{hint}"
            )


def _check_call(task: object, args: object, kwargs: object, priority: object) -> None:
    wanted = None
    if not isinstance(task, Task):
        wanted = f"a task (a function with @task or @rota.task), got {task!r}"
    elif not isinstance(args, tuple | list):
        wanted = f"args to be a list or tuple, got {args!r}"
    elif kwargs is not None and not isinstance(kwargs, Mapping):
        wanted = f"kwargs to be a dict, got {kwargs!r}"
    elif priority is not None and (isinstance(priority, bool) or not isinstance(priority, int)):
        wanted = f"priority to be a whole number from -100 to 100, got {priority!r}"
    if wanted:
        raise InvalidInput(f"enqueue: expected {wanted}.")


def _check_keys(calls: list[Call], keys: list[str | None], unique: str) -> None:
    if unique not in ("ever", "open"):
        hint = did_you_mean(nearest(str(unique), ("ever", "open")))
        raise InvalidInput(f"enqueue: expected unique to be 'ever' or 'open', got {unique!r}.{hint}")
    if len(keys) != len(calls):
        raise InvalidInput(f"enqueue_many: expected one key for each of {len(calls)} calls, got {len(keys)}.")
    for key in keys:
        if key is not None and not (
            isinstance(key, str) and 1 <= len(key) <= LONGEST_KEY and "\x00" not in key
        ):
            got = f"{len(key)} characters" if isinstance(key, str) else repr(key)
            raise InvalidInput(
                f"enqueue: expected key to be a text of 1 to {LONGEST_KEY} characters, got {got}."
            )


def _not_before(run_after: datetime | None, delay: timedelta | float | None) -> datetime | None:
    if delay is None:
        return run_after
    if run_after is not None:
        raise InvalidInput("enqueue: expected run_after or delay, got both.")
    seconds = terms.seconds_or_none("delay", delay, "enqueue", zero=True)
    return clock.now(conf.current().DATABASE) + timedelta(seconds=seconds or 0.0)


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
