"""On what terms a task runs: retry, timeouts, limits shared with other runs, and whether it may ever begin twice."""

from __future__ import annotations

import dataclasses
from typing import Any

from rota.policies.limits import Limit
from rota.policies.retry import LOST_ATTEMPTS, Retry


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """Timeouts in seconds: `soft_timeout` raises in the task, `hard_timeout` kills its process.

    `at_most_once` gives up a lost attempt instead of running the task a second time. `concurrency` is how many with
    the same key may go at once, `rate` how many in a period.
    """

    retry: Retry | None = None
    soft_timeout: float | None = None
    hard_timeout: float | None = None
    at_most_once: bool = False
    concurrency: Limit | None = None
    rate: Limit | None = None

    @property
    def max_attempts(self) -> int:
        """How many attempts may fail before the run is FAILED."""
        return self.retry.attempts if self.retry and not self.at_most_once else 1

    def may_begin_again_after_loss(self, attempts: int, max_attempts: int) -> bool:
        """Whether a run whose attempt number `attempts` was lost (its process died) is worth another one.

        What `max_attempts` has beyond these terms makes up for attempts that did not count.
        """
        spared = max(0, max_attempts - self.max_attempts)
        return not self.at_most_once and attempts < max(max_attempts, LOST_ATTEMPTS + spared)

    def to_json(self) -> dict[str, Any] | None:
        """A JSON object for the ledger, or None when every term is the default."""
        if self == Terms():
            return None
        said = {**dataclasses.asdict(self), "retry": self.retry.to_json() if self.retry else None}
        # Most runs have no limits, and their rows need not say so.
        return {name: value for name, value in said.items() if value is not None or name not in _LIMITS}

    @classmethod
    def from_json(cls, value: dict[str, Any] | None) -> Terms:
        """The terms a ledger row was enqueued with. Keys that a newer version wrote are ignored."""
        if not value:
            return _DEFAULT
        kept = {name: item for name, item in value.items() if name in _KNOWN}
        limits = {name: Limit.from_json(kept.get(name)) for name in _LIMITS}
        return cls(**{**kept, **limits, "retry": Retry.from_json(kept.get("retry"))})


_DEFAULT = Terms()
_KNOWN = frozenset(field.name for field in dataclasses.fields(Terms))
_LIMITS = ("concurrency", "rate")
