"""`rota.fenced`, `rota.once`: a task's database work, kept only by the attempt that holds the run, and only once."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar, overload

from rota import arguments, conf
from rota.exceptions import DoneElsewhere, InvalidArguments, InvalidInput, Refused
from rota.execution.context import current_run
from rota.ledger import effects
from rota.ledger.effects import Holder
from rota.ledger.keys import distinct

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_KEY = 200
"""Characters of a key."""


def fenced() -> AbstractContextManager[None]:
    """A transaction on rota's database, kept only if this attempt still holds its run when the block ends.

    A worker that was frozen or cut off for so long that its run was taken over gets AttemptLost, and its work is rolled
    back. Outside of a run it is a plain transaction. Raises Refused inside another transaction and in a coroutine.
    """
    _refuse_in_a_coroutine("fenced")
    return effects.fenced(_holder(), using=conf.current().DATABASE)


@overload
def once(key: str, /) -> AbstractContextManager[bool]: ...
@overload
def once(key: str, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
def once(key: str, function: Callable[..., Any] | None = None, /, *args: Any, **kwargs: Any) -> Any:
    """`with rota.once("invoice-17") as first: if first: …`, a fenced block (see `fenced`) with a mark.

    `first` is True until such a block was committed, by whichever run or process, and False ever after: the mark and
    what the block did in rota's database are one transaction. With a function it is called the first time, and what it
    returned (JSON, at most MAX_BYTES) is returned ever after. Keys are of the whole project. The mark is kept for
    KEEP_FINISHED, and as long as its run is.

    Raises InvalidInput for a key that is not 1 to 200 characters and a result that is not JSON, AttemptLost, and
    DoneElsewhere from a `with` block when somebody else did it meanwhile, which takes a block longer than a lease.
    """
    _refuse_in_a_coroutine("once")
    name = _checked(key)
    if function is None:
        return _block(name)
    if not callable(function):
        raise InvalidInput(f"rota.once({key!r}): expected a function, got {function!r}.")
    if inspect.iscoroutinefunction(function):
        raise InvalidInput(f"rota.once({key!r}): expected a plain function, got the coroutine {function!r}.")
    try:
        return _call(name, lambda: function(*args, **kwargs))
    except DoneElsewhere:
        return _call(name, lambda: function(*args, **kwargs))


@contextlib.contextmanager
def _block(name: str) -> Iterator[bool]:
    with effects.marked(name, _holder(), using=conf.current().DATABASE) as mark:
        yield mark.first


def _call(name: str, function: Callable[[], Any]) -> Any:
    with effects.marked(name, _holder(), using=conf.current().DATABASE) as mark:
        if mark.first:
            mark.result = _kept(name, function())
    return mark.result


def _kept(name: str, value: Any) -> Any:
    try:
        return arguments.keep([value], {})[0][0]
    except InvalidArguments as error:
        raise InvalidInput(
            f"rota.once({name!r}): what the function returned cannot be kept: {error}"
        ) from error


def _checked(key: object) -> str:
    if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_KEY or "\x00" in key:
        raise InvalidInput(
            f"rota.once: expected a key of 1 to {LONGEST_KEY} characters, got {repr(key)[:80]}."
        )
    return distinct(key)


def _holder() -> Holder | None:
    run = current_run()
    return Holder(run.id, run.token, run.attempt) if run else None


def _refuse_in_a_coroutine(what: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise Refused(
        f"rota.{what} is a database transaction, which cannot stand in a coroutine: put the work into a plain function "
        "and await sync_to_async(function)()."
    )
