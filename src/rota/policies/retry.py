"""Whether and when a failed attempt is tried again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

LOST_ATTEMPTS = 3
"""A run whose attempts were lost (killed, not failed) may begin this often even when it has no retry policy:
the default promise is at-least-once, and this bound is what stops a poison pill."""


@dataclasses.dataclass(frozen=True)
class Retry:
    """`attempts` in all; the n-th wait is `first_wait * factor ** (n - 1)` seconds, at most `max_wait`, ± `jitter`.

    `only` holds dotted paths of exception classes; empty means every exception. A subclass counts as its base.
    """

    attempts: int = 4
    first_wait: float = 300.0
    factor: float = 2.0
    max_wait: float = 86_400.0
    jitter: float = 0.1
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (
            isinstance(self.attempts, bool)
            or not isinstance(self.attempts, int)
            or not 1 <= self.attempts <= 1000
        ):
            raise ValueError(f"retry: expected attempts from 1 to 1000, got {self.attempts!r}.")
        if self.first_wait < 0 or self.factor < 1 or self.max_wait < 0:
            raise ValueError("retry: expected waits of at least 0 s and a factor of at least 1.")
        if not 0 <= self.jitter < 1:
            raise ValueError(
                f"retry: expected a jitter from 0 up to 1 (a share of the wait), got {self.jitter!r}."
            )

    def wait_after(self, attempt: int, roll: float) -> float:
        """Seconds to wait after failed attempt number `attempt` (from 1). `roll` in [0, 1) places the jitter."""
        # The exponent is bounded because a float overflows near 2**1024 and attempts may be 1000.
        wait = min(self.first_wait * self.factor ** min(attempt - 1, 64), self.max_wait)
        return wait * (1 + self.jitter * (2 * roll - 1))

    def applies_to(self, exception_paths: Iterable[str]) -> bool:
        """Whether an exception with these class paths (its own and its bases') is worth another attempt."""
        return not self.only or not set(self.only).isdisjoint(exception_paths)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` takes back."""
        return {**dataclasses.asdict(self), "only": list(self.only)}

    @classmethod
    def from_json(cls, value: dict[str, Any] | None) -> Retry | None:
        """The stored policy. Never raises: a row that a newer version wrote must not stop a worker."""
        if not value:
            return None
        known = {field.name: value[field.name] for field in dataclasses.fields(cls) if field.name in value}
        try:
            return cls(**{**known, "only": tuple(known.get("only", ()))})
        except (TypeError, ValueError):
            return cls()


def retry(
    attempts: int = 4,
    first_wait: timedelta | float = 300.0,
    factor: float = 2.0,
    max_wait: timedelta | float = 86_400.0,
    jitter: float = 0.1,
    on: Iterable[type[BaseException]] = (),
) -> Retry:
    """A retry policy; as it stands 4 attempts, after 5, 10 and 20 minutes, each ± 10 %.

    Waits are timedeltas or seconds. `on` limits it to these exception classes and their subclasses.
    Raises ValueError, with what was expected, for impossible numbers.
    """
    only = tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in on)
    return Retry(attempts, _seconds(first_wait), factor, _seconds(max_wait), jitter, only)


def _seconds(wait: timedelta | float) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
