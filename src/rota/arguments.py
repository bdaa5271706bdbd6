"""The arguments of a task: that they fit its signature and annotations, and that JSON can hold them as they are."""

from __future__ import annotations

import functools
import inspect
import json
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from rota import conf
from rota.exceptions import InvalidArguments, did_you_mean, nearest

if TYPE_CHECKING:
    from rota.compat import AnyTask

SMALLEST, LARGEST = -(2**63), 2**64 - 1
"""Whole numbers beyond 64 bits come back from MySQL's JSON as floats, so they are refused everywhere."""

_CONTEXT = object()

Where: TypeAlias = tuple["Where | None", object]
"""Where a value stands: what holds it, and its name or place there. Put in words only when something is wrong."""


def check(task: AnyTask, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as the ledger keeps them, once they fit the task's signature and annotations.

    An annotation is compared with the JSON form of the value (a `date` may be "2026-01-31"); the task still receives
    what JSON holds. Raises InvalidArguments with a sentence that names the argument.
    """
    kept = keep(args, kwargs)
    _check_types(task.func, bind(task, *kept))
    return kept


def bind(task: AnyTask, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
    """The arguments by parameter, as a call would bind them. Raises InvalidArguments when they do not fit."""
    signature = _signature(task.func)
    context = (_CONTEXT,) if task.takes_context else ()
    try:
        bound = signature.bind(*context, *args, **kwargs)
    except TypeError as error:
        raise InvalidArguments(
            f"{task.name}{_shown(signature)}: {error}.{_hint(signature, kwargs)}"
        ) from None
    if context:
        bound.arguments.pop(next(iter(signature.parameters)))
    return bound


def keep(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments in JSON's types: tuples become lists, bytes become text.

    Raises InvalidArguments for what JSON or a database cannot hold, for nesting deeper than conf.DEEPEST, and for more
    than MAX_BYTES (in UTF-8) altogether.
    """
    at_most = conf.current().MAX_BYTES
    walk = _Walk(at_most)
    kept = [walk.plain(value, (None, place), 1) for place, value in enumerate(args, start=1)]
    named = {key: walk.plain(value, (None, key), 1) for key, value in kwargs.items()}
    size = len(json.dumps([kept, named], ensure_ascii=False).encode())
    if size > at_most:
        raise _too_large(f"{size} bytes", at_most)
    return kept, named


@functools.lru_cache(maxsize=1024)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


class _Walk:
    """One walk over a value. The budget bounds its work, also for a small list that holds itself many times."""

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        # Each value takes two bytes at least: its own, and a bracket or a comma.
        self.budget = at_most // 2

    def plain(self, value: Any, where: Where, depth: int) -> Any:
        self.budget -= 1
        if self.budget < 0:
            raise _too_large("more values", self.at_most)
        match value:
            case None | bool():
                return value
            case str() | bytes():
                return _text(value, where)
            case int() | float():
                return _number(value, where)
            case Mapping() | Sequence():
                return self._inside(value, where, depth)
        raise InvalidArguments(
            f"{_at(where)}: expected what JSON can hold, got {_kind(value)}.{_advice(value)}"
        )

    def _inside(self, value: Mapping[Any, Any] | Sequence[Any], where: Where, depth: int) -> Any:
        if depth > conf.DEEPEST:
            raise InvalidArguments(
                f"{_at(_outermost(where))}: expected at most {conf.DEEPEST} levels of nesting."
            )
        if not isinstance(value, Mapping):
            return [self.plain(item, (where, place), depth + 1) for place, item in enumerate(value)]
        return {_key(key, where): self.plain(item, (where, key), depth + 1) for key, item in value.items()}


def _outermost(where: Where) -> Where:
    while where[0] is not None:
        where = where[0]
    return where


def _at(where: Where) -> str:
    """`argument 'rows'[2]['name']`."""
    inside, part = where
    return f"argument {part!r}" if inside is None else f"{_at(inside)}[{part!r}]"


def _text(value: str | bytes, where: Where) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else str.__str__(value)
        text.encode()
    except UnicodeError:
        raise InvalidArguments(
            f"{_at(where)}: expected text that UTF-8 can hold, got {value[:40]!r}."
        ) from None
    if "\x00" in text:
        raise InvalidArguments(
            f"{_at(where)}: expected text without NUL characters, which databases cannot keep."
        )
    return text


def _number(value: float, where: Where) -> float:
    if isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise InvalidArguments(
                f"{_at(where)}: expected a whole number of at most 64 bits. Pass a larger one as text."
            )
        return int(value)
    if value != value or value in (float("inf"), float("-inf")):
        raise InvalidArguments(f"{_at(where)}: expected what JSON can hold, got {value}.")
    return float(value)


def _key(key: Any, where: Where) -> str:
    if not isinstance(key, str | bytes):
        raise InvalidArguments(f"{_at(where)}: expected text as keys, as JSON has them, got {_kind(key)}.")
    return _text(key, where)


def _check_types(function: Callable[..., Any], bound: inspect.BoundArguments) -> None:
    annotations = _annotations(function)
    for name, value in _each(bound):
        if name in annotations:
            _check_type(name, value, annotations[name])


def _each(bound: inspect.BoundArguments) -> Iterator[tuple[str, Any]]:
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            yield from ((name, item) for item in value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            yield from ((name, item) for item in value.values())
        else:
            yield name, value


def _check_type(name: str, value: Any, annotation: Any) -> None:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    except PydanticUserError:
        # The annotation is a class that pydantic knows nothing about; nothing can be said about the value.
        return
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        place = "".join(f"[{part!r}]" for part in found["loc"])
        said = found["msg"][:1].lower() + found["msg"][1:]
        raise InvalidArguments(f"argument {name!r}{place}: {said}, got {found['input']!r}.") from None


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:  # noqa: BLE001 - evaluating a person's annotations may raise anything, such as a name that
        return {}  # only a type checker imports; then there is nothing to compare with


def _shown(signature: inspect.Signature) -> str:
    return str(signature.replace(return_annotation=inspect.Signature.empty))


def _hint(signature: inspect.Signature, kwargs: Mapping[str, Any]) -> str:
    known = [name for name in signature.parameters if name not in kwargs]
    return "".join(did_you_mean(nearest(key, known)) for key in kwargs if key not in signature.parameters)


def _kind(value: Any) -> str:
    return type(value).__qualname__


def _advice(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return " Pass value.isoformat()."
    if hasattr(value, "pk"):
        return " Pass its primary key."
    return " Pass a text, a number, a list or a dict."


def _too_large(got: str, at_most: int) -> InvalidArguments:
    return InvalidArguments(f"arguments: expected at most {at_most} bytes (MAX_BYTES in ROTA), got {got}.")
