"""Between a declaration and the row that holds it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from rota import timing
from rota.models import Schedule
from rota.policies import Definition

if TYPE_CHECKING:
    from rota.schedules.declaration import Declaration

WORDS = ("title", "category", "description", "origin", "calendar_from")
"""What is only said about a schedule: a change of it makes no new version."""


@dataclasses.dataclass(frozen=True)
class Change:
    """What a verb did to a schedule, for the audit: its facts before (None: there was none) and after."""

    schedule: Schedule
    before: dict[str, Any] | None
    after: dict[str, Any]


def write_definition(row: Schedule, said: Declaration) -> None:
    """Put what a declaration says on a row; the caller saves it."""
    row.definition = plain(said)
    row.task_path = said.definition.task_path
    row.calendar = said.definition.calendar
    row.critical = said.definition.critical
    row.impossible = timing.parse(said.definition.calendar).impossible
    for name, value in words(said).items():
        setattr(row, name, value)


def plain(said: Declaration) -> dict[str, Any]:
    """The definition as the database gives it back: no tuples, no enums."""
    value: dict[str, Any] = json.loads(json.dumps(said.definition.to_json()))
    return value


def definition_of(row: Schedule) -> dict[str, Any]:
    """The stored definition with the defaults of this release, so that a new field alone changes no schedule."""
    value: dict[str, Any] = json.loads(json.dumps(Definition.from_json(row.definition).to_json()))
    return value


def words(source: Declaration | Schedule) -> dict[str, str]:
    """Title, category, description, where it is declared, and which variable overrides its calendar."""
    return {name: getattr(source, name) for name in WORDS}


def facts(row: Schedule) -> dict[str, Any]:
    """What the audit keeps of a schedule: its words, its definition, whether it is paused or retired."""
    return {
        **words(row),
        "source": str(row.source),
        "definition": row.definition,
        "version": row.version,
        "paused_by": row.paused_by,
        "paused_reason": row.paused_reason,
        "paused_until": row.paused_until and row.paused_until.isoformat(),
        "retired_at": row.retired_at and row.retired_at.isoformat(),
    }
