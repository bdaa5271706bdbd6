"""One kind of worker: its queues, how many processes it has, what each of them may do and hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rota.exceptions import InvalidInput, did_you_mean, nearest

MOST = 1000
MOST_MEGABYTES = 1024 * 1024
SYNC_THREADS = 4
"""Threads for the sync tasks of a worker with an event loop, where nobody says how many."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """Workers of one kind. Raises InvalidInput with a sentence for what cannot be."""

    queues: tuple[str, ...] = ()
    """Empty means all."""
    processes: int = 1
    """Worker processes."""
    threads: int | None = None
    """Runs that each process performs at once in threads; with `asyncio`, the threads for its sync tasks."""
    asyncio: int | None = None
    """Runs that each process performs at once on one event loop."""
    max_tasks: int | None = None
    """Runs after which a process makes room for a new one, give or take a tenth; None for no limit."""
    max_memory: int | None = None
    """Megabytes (of 1,048,576 bytes) above which a process makes room for a new one between two runs."""
    kill_memory: int | None = None
    """Megabytes above which a process is killed in the middle of a run; default: twice `max_memory`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "queues", _queues(self.queues))
        _whole("processes", self.processes, MOST)
        for name, most in LIMITS.items():
            if getattr(self, name) is not None:
                _whole(name, getattr(self, name), most)
        if self.kill_memory and self.max_memory and self.kill_memory < self.max_memory:
            raise InvalidInput(
                f"kill_memory: expected at least max_memory ({self.max_memory}), got {self.kill_memory}."
            )

    @property
    def slots(self) -> int:
        """Runs that one process performs at once."""
        return self.asyncio or self.threads or 1

    @property
    def mode(self) -> str | None:
        """How it performs several at once: `asyncio` or `threads`; None for one at a time."""
        if self.asyncio:
            return "asyncio"
        return "threads" if self.slots > 1 else None

    @property
    def sync_threads(self) -> int:
        """With `asyncio`: the threads for sync tasks."""
        return min(self.threads or SYNC_THREADS, self.slots)

    @property
    def deadly_memory(self) -> int | None:
        """Megabytes at which a process is killed."""
        return self.kill_memory or (self.max_memory * 2 if self.max_memory else None)

    def serves(self, queue: str) -> bool:
        """Whether its workers take runs of `queue`."""
        return not self.queues or queue in self.queues

    @classmethod
    def read(cls, given: Any, where: str) -> Group:
        """From a dict, or from a text such as `queues=mail,sms processes=2`; errors begin with `where`."""
        try:
            values = _words(given) if isinstance(given, str) else _checked(given)
            return Group(**values)
        except InvalidInput as error:
            raise InvalidInput(f"{where}: {error}") from None


FIELDS = tuple(field.name for field in dataclasses.fields(Group))
LIMITS = {
    "threads": MOST, "asyncio": MOST, "max_tasks": 10**9, "max_memory": MOST_MEGABYTES,
    "kill_memory": MOST_MEGABYTES,
}  # fmt: skip


def _whole(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidInput(f"{name}: expected a whole number from 1 to {most}, got {value!r}.")


def _queues(value: Any) -> tuple[str, ...]:
    named = isinstance(value, list | tuple) and all(isinstance(one, str) and one.strip() for one in value)
    if not named:
        raise InvalidInput(f"queues: expected a list of names, got {value!r}.")
    return tuple(value)


def _checked(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidInput(f"expected a dict such as {{'queues': ['mail'], 'processes': 2}}, got {given!r}.")
    for name in given:
        if name not in FIELDS:
            hint = did_you_mean(nearest(str(name), FIELDS))
            raise InvalidInput(f"unknown option {name!r}; known are {', '.join(FIELDS)}.{hint}")
    return dict(given)


def _words(text: str) -> dict[str, Any]:
    pairs = [word.partition("=") for word in text.split()]
    if not pairs:
        raise InvalidInput("expected words such as queues=mail,sms processes=2, got nothing.")
    for name, equals, value in pairs:
        if not equals or not value:
            raise InvalidInput(f"expected name=value, got {name + equals!r}.")
    values = _checked({name.replace("-", "_"): value for name, _, value in pairs})
    return {
        name: split(value) if name == "queues" else _number(name, value) for name, value in values.items()
    }


def split(text: str) -> tuple[str, ...]:
    """'mail, sms' as names."""
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidInput(f"{name}: expected a whole number, got {text!r}.") from None
