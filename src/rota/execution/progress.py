"""How far a task is: said by the task, seen by people. Telling writes to memory only, and is cheap in any loop."""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sized
from typing import Any, TypeVar, overload

from django.utils.functional import Promise

from rota.exceptions import InvalidInput
from rota.execution.showing import SHOWING

T = TypeVar("T")


def progress(done: float, total: float | None = None, text: str = "") -> None:
    """Say that `done` of `total` is done, and what is being done; each call replaces what was said before.

    It is on the run's page and in `rota show` within two seconds, and stays with the attempt when that has ended or was
    killed. `total` None means that nobody knows how much there is. Outside of a run nothing happens. Costs well below
    a microsecond and never asks the database. Raises InvalidInput for what is no number or no text.
    """
    if done.__class__ is not int:
        done = _number("done", done)
    if total is not None and total.__class__ is not int:
        total = _number("total", total)
    if text.__class__ is not str:
        text = _text(text)
    showing = SHOWING.get()
    if showing is not None:
        showing.told = (done, total, text)


@overload
def track(items: AsyncIterable[T], total: float | None = None, text: str = "") -> AsyncIterator[T]: ...
@overload
def track(items: Iterable[T], total: float | None = None, text: str = "") -> Iterator[T]: ...
def track(items: Any, total: float | None = None, text: str = "") -> Any:
    """The same items, one by one; progress says how many of them are done. For `for` and for `async for`.

    `total` is `len(items)` where there is one. An item is done when the next one is asked for. Raises InvalidInput for
    what cannot be iterated, and for what `progress` refuses.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    progress(0, total, text)
    if isinstance(items, AsyncIterable):
        return _track_later(items, total, text)
    if isinstance(items, Iterable):
        return _track(items, total, text)
    raise InvalidInput(f"track: expected something to iterate over, got {type(items).__name__}.")


def _track(items: Iterable[T], total: float | None, text: str) -> Iterator[T]:
    for done, item in enumerate(items, 1):
        yield item
        progress(done, total, text)


async def _track_later(items: AsyncIterable[T], total: float | None, text: str) -> AsyncIterator[T]:
    done = 0
    async for item in items:
        yield item
        done += 1
        progress(done, total, text)


def _number(name: str, value: Any) -> float:
    """A plain finite number, also from a Decimal or a number of another library."""
    try:
        number = value if type(value) is float else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, str | bytes) or not math.isfinite(number):
        raise InvalidInput(f"progress: expected {name} to be a finite number, got {value!r}.")
    return int(number) if number.is_integer() else number


def _text(value: Any) -> str:
    if not isinstance(value, str | Promise):
        raise InvalidInput(f"progress: expected text to be a text, got {value!r}.")
    return str(value)
