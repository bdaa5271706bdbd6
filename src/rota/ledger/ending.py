"""How an attempt ended, as a value: whoever performs says it, `finish` writes it."""

from __future__ import annotations

import dataclasses
import operator
import uuid
from datetime import datetime
from typing import Any

from rota.ledger import safe


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """`outcome` is one of models.Outcome; `retry_in` is seconds, None when a failure is final."""

    run_id: uuid.UUID
    token: int
    attempt: int
    outcome: str
    started_at: datetime
    finished_at: datetime
    held_by: uuid.UUID
    worker: str
    result: Any = None
    error_class: str = ""
    error: str = ""
    traceback: str = ""
    log: str = ""
    progress: dict[str, Any] | None = None
    """How far it came: `done`, `total` and `text`."""
    retry_in: float | None = None
    watched: bool = True
    """Whether something waits for the end of this run: a gate, a batch. False only for what is known to be plain."""

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` takes back, so that an ending can wait in shared memory."""
        plain: dict[str, Any] = dict(zip(_NAMES, _values(self), strict=True))
        for name in ("started_at", "finished_at"):
            plain[name] = plain[name].isoformat()
        for name in ("run_id", "held_by"):
            plain[name] = plain[name].hex
        plain["result"] = safe.result(self.result)
        return plain

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Ending:
        """The ending that `to_json` made. Keys that a newer version wrote are ignored: a child that is started anew
        may be of newer code than its supervisor."""
        times = {name: datetime.fromisoformat(value[name]) for name in ("started_at", "finished_at")}
        ids = {name: uuid.UUID(value[name]) for name in ("run_id", "held_by")}
        kept = {name: item for name, item in value.items() if name in _NAMES}
        return cls(**{**kept, **times, **ids})


_NAMES = tuple(field.name for field in dataclasses.fields(Ending))
_values = operator.attrgetter(*_NAMES)
