"""What the form of Run now holds, and how its arguments are read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from rota.dashboard.hidden import without_secrets
from rota.exceptions import InvalidInput
from rota.models import Schedule
from rota.schedules.commands import TASK_PATH

LONGEST = 20_000
"""Characters of arguments that a person may type."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """`once` is the form's own key: however often it is sent, there is one run."""

    once: str
    arguments: str
    reason: str = ""

    @classmethod
    def from_post(cls, data: Mapping[str, str]) -> Asked:
        """What was posted. Missing fields are empty; `run_now` says what is wrong with them."""
        return cls(data.get("once", ""), data.get("arguments", ""), data.get("reason", "").strip()[:2000])


def shown(schedule: Schedule) -> str:
    """The stored keyword arguments as JSON, without secrets; for a command its options."""
    return json.dumps(without_secrets(_stored(schedule)), indent=2, ensure_ascii=False)


def read(text: str, schedule: Schedule) -> dict[str, Any]:
    """The arguments that differ from what was shown, so that a hidden secret stays what it is.

    Raises InvalidInput when the text is no JSON object, or leaves out what the schedule stores.
    """
    given = _object(text)
    before = without_secrets(_stored(schedule))
    missing = [name for name in before if name not in given]
    if missing:
        raise InvalidInput(f"Arguments: {', '.join(missing)} was taken out. Give another value instead.")
    return {name: value for name, value in given.items() if name not in before or value != before[name]}


def _object(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise InvalidInput(f"Arguments: expected at most {LONGEST:,} characters, got {len(text):,}.")
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f'Arguments: expected a JSON object such as {{"days": 7}}: {error}.') from error
    if not isinstance(given, dict):
        raise InvalidInput(
            f'Arguments: expected a JSON object such as {{"days": 7}}, got {type(given).__name__}.'
        )
    return given


def _stored(schedule: Schedule) -> dict[str, Any]:
    kwargs: dict[str, Any] = schedule.definition.get("kwargs", {})
    return kwargs.get("options", {}) if schedule.task_path == TASK_PATH else kwargs
