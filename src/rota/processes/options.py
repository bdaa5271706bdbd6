"""How `rota run` was asked to run: one value, checked when it is made, handed to every child."""

from __future__ import annotations

import dataclasses

from rota.exceptions import InvalidInput, did_you_mean, nearest

LOG_FORMATS = ("human", "json")
MOST = 1000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """`queues` empty means all; `poll` is the longest sleep of an idle worker in seconds. Raises InvalidInput."""

    processes: int = 1
    """Worker processes."""
    threads: int = 1
    """Runs that each worker process performs at once."""
    queues: tuple[str, ...] = ()
    scheduler: bool = True
    workers: bool = True
    once: bool = False
    """Do what is due, then exit."""
    poll: float = 0.5
    log_file: str = ""
    log_format: str = "human"

    def __post_init__(self) -> None:
        object.__setattr__(self, "queues", tuple(self.queues))
        _from_one("processes", self.processes)
        _from_one("threads", self.threads)
        if isinstance(self.poll, bool) or not isinstance(self.poll, int | float) or not 0 < self.poll <= 60:
            raise InvalidInput(f"poll: expected seconds above 0 and up to 60, got {self.poll!r}.")
        if self.log_format not in LOG_FORMATS:
            hint = did_you_mean(nearest(str(self.log_format), LOG_FORMATS))
            raise InvalidInput(f"log format: expected human or json, got {self.log_format!r}.{hint}")
        if not (self.scheduler or self.workers):
            raise InvalidInput("Nothing to run: expected a scheduler, workers or both, got neither.")


def _from_one(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise InvalidInput(f"{name}: expected a whole number from 1 to {MOST}, got {value!r}.")
