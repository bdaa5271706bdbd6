"""How `rota run` was asked to run: one value, checked when it is made, handed to every child."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.processes.groups import FIELDS, Group

LOG_FORMATS = ("human", "json")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(Group):
    """With one kind of worker its fields stand here; several stand in `groups`. Raises InvalidInput."""

    groups: tuple[Group, ...] = ()
    scheduler: bool = True
    workers: bool = True
    once: bool = False
    """Do what is due, then exit."""
    poll: float = 0.5
    """The longest sleep of an idle worker in seconds."""
    log_file: str = ""
    log_format: str = "human"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "groups", tuple(_group(*one) for one in enumerate(self.groups, 1)))
        if self.groups and self._group() != Group():
            raise InvalidInput("Workers: expected one kind of worker, or several in groups, got both.")
        if isinstance(self.poll, bool) or not isinstance(self.poll, int | float) or not 0 < self.poll <= 60:
            raise InvalidInput(f"poll: expected seconds above 0 and up to 60, got {self.poll!r}.")
        if self.log_format not in LOG_FORMATS:
            hint = did_you_mean(nearest(str(self.log_format), LOG_FORMATS))
            raise InvalidInput(f"log format: expected human or json, got {self.log_format!r}.{hint}")
        if not (self.scheduler or self.workers):
            raise InvalidInput("Nothing to run: expected a scheduler, workers or both, got neither.")

    @property
    def kinds(self) -> tuple[Group, ...]:
        """The kinds of workers that are to run."""
        if not self.workers:
            return ()
        return self.groups or (self._group(),)

    def of(self, group: Group) -> Options:
        """What a worker of this group is told: the same, with that group alone."""
        return dataclasses.replace(self, groups=(), **_fields(group))

    def _group(self) -> Group:
        return Group(**_fields(self))


def _fields(group: Group) -> dict[str, Any]:
    return {name: getattr(group, name) for name in FIELDS}


def _group(number: int, given: Group | Mapping[str, object]) -> Group:
    return given if isinstance(given, Group) else Group.read(given, f"worker {number}")
