"""Tasks whose results, exceptions and texts no database takes as they are."""

from __future__ import annotations

import decimal
import logging
from typing import Any

from rota.compat import task
from tests.project.work_tasks import witness

log = logging.getLogger("project.values")

ODD = "nul \x00, half a pair \ud800, emoji \N{PILE OF POO}, end"
CLEAN = "nul \N{REPLACEMENT CHARACTER}, half a pair ?, emoji \N{PILE OF POO}, end"


class Mute(Exception):
    """Cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


class Leaving(Exception):
    """Whoever asks for its text is sent out of the process."""

    def __str__(self) -> str:
        raise SystemExit(0)

    __repr__ = __str__


class Endless(Exception):
    """Asking for its text never comes to an end."""

    def __str__(self) -> str:
        return str(self)


class NoText(Exception):
    """Its text is none."""

    def __str__(self) -> str:
        return 7  # type: ignore[return-value]


class Unpicklable(Exception):
    """Cannot be copied into another process."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def __reduce__(self) -> Any:
        raise TypeError("not me")


class Misnamed(Exception):
    """Comes from nowhere that can be written down."""


Misnamed.__module__ = f"mod{ODD}"


def _deeper(level: int) -> None:
    _deeper(level + 1)


def _nested(levels: int) -> ExceptionGroup[Exception]:
    group: Exception = ValueError("the innermost")
    for level in range(levels):
        group = ExceptionGroup(f"level {level}", [group, Mute()])
    return group  # type: ignore[return-value]


def _chained(length: int) -> Exception:
    error: Exception = ValueError("the first")
    for number in range(length):
        following = ValueError(f"number {number}")
        following.__cause__ = error
        error = following
    return error


def _circular() -> Exception:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    return one


ERRORS: dict[str, Any] = {
    "mute": Mute,
    "leaving": Leaving,
    "endless": Endless,
    "no text": NoText,
    "unpicklable": Unpicklable,
    "misnamed": lambda: Misnamed(ODD),
    "odd text": lambda: ValueError(ODD),
    "huge": lambda: ValueError("x" * 5_000_000),
    "wide group": lambda: ExceptionGroup("wide", [ValueError(str(n)) for n in range(1000)]),
    "deep group": lambda: _nested(50),
    "long chain": lambda: _chained(200),
    "circular": _circular,
}


@task
def fail(how: str) -> None:
    """Raises what is hard to write down."""
    if how == "deep":
        _deeper(0)
    error = ERRORS[how]()
    if how == "odd text":
        error.add_note(ODD)
    raise error


class Awkward:
    """Answers every question with an exception."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError(ODD)

    def __repr__(self) -> str:
        raise RuntimeError("no text for you")


def _cyclic() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


RESULTS: dict[str, Any] = {
    "odd text": lambda: ODD,
    "odd key": lambda: {ODD: [ODD, {"in": ODD}]},
    "nan": lambda: float("nan"),
    "infinity": lambda: [float("inf"), {"minus": float("-inf")}],
    "cyclic": _cyclic,
    "decimal": lambda: decimal.Decimal("1.10"),
    "set": lambda: {1, 2},
    "bytes": lambda: b"\xff\x00",
    "generator": lambda: (n for n in range(3)),
    "awkward": Awkward,
    "enormous number": lambda: 10**5000,
    "deep": lambda: _deep(5000),
    "huge": lambda: "x" * 50_000_000,
}


def _deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


@task
def result(kind: str) -> Any:
    """Returns what is no JSON, or JSON that databases refuse."""
    witness(f"{kind} START")
    return RESULTS[kind]()


@task
def say(what: str) -> None:
    """Prints and logs odd texts."""
    print(f"printed {what}", ODD)
    log.warning("logged %s %s", what, ODD)
    log.warning("%d is no number", what)


@task
def flood(megabytes: int) -> None:
    """Prints without an end."""
    line = "x" * (2**20 - 1)
    print("the beginning")
    for _ in range(megabytes):
        print(line)
    print("the end")


@task
def typed(count: int, *, text: str) -> str:
    """Has a signature."""
    witness(f"{text} START")
    return text * count
