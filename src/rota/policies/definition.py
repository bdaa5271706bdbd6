"""What a schedule says: one immutable value, stored with each version, by which instants are judged."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import datetime
from typing import Any

from rota.policies.terms import Terms


@dataclasses.dataclass(frozen=True, kw_only=True)
class Definition:
    """`calendar` is its text form; `catch_up_window` and `jitter` are seconds (window None: no limit)."""

    task_path: str
    calendar: str
    args: list[Any] = dataclasses.field(default_factory=list)
    kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    queue_name: str = "default"
    priority: int = 0
    backend: str = "default"
    catch_up: str = "latest"
    catch_up_window: float | None = 86_400.0
    catch_up_cap: int = 500
    overlap: str = "skip"
    critical: bool = False
    jitter: float = 0.0
    terms: Terms = dataclasses.field(default_factory=Terms)
    limit_key: str | None = None
    """The gates of its limits for its own arguments: whoever plans need not know the task."""
    rate_key: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` takes back."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**plain, "terms": self.terms.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Definition:
        """The stored definition. Keys that a newer version of rota wrote are ignored."""
        kept = {name: item for name, item in value.items() if name in _KNOWN}
        return cls(**{**kept, "terms": Terms.from_json(value.get("terms"))})

    def jitter_for(self, key: str, due_at: datetime) -> float:
        """Seconds to wait after `due_at`: a hash of schedule and instant, so every scheduler finds the same."""
        if not self.jitter:
            return 0.0
        digest = hashlib.sha256(f"{key}\n{due_at.isoformat()}".encode()).digest()
        return self.jitter * int.from_bytes(digest[:8], "big") / 2**64


_KNOWN = frozenset(field.name for field in dataclasses.fields(Definition))
