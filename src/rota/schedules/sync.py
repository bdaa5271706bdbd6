"""Make the code-owned schedules in the database say what the code says.

Part of every start of `rota run`, and `rota sync` by hand. A supervisor has it done once, when it starts, and never
again, not even by a scheduler that it starts anew: in a rolling deploy the old processes therefore cannot undo what
the new ones wrote. Any number may sync at once; the
unique key of a schedule decides who inserts it, and who lost starts over and finds nothing left to do.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from django.db import DatabaseError, IntegrityError

from rota.audit.actor import Actor
from rota.audit.record import record
from rota.ledger.connections import transient, writing
from rota.models import Schedule, Source
from rota.schedules import registry, versions
from rota.schedules.declaration import Declaration
from rota.schedules.rows import definition_of, facts, plain, words, write_definition

TRIES = 20

Entry: TypeAlias = tuple[str, str, dict[str, Any] | None, dict[str, Any]]
"""What the audit is to be told: verb, key, facts before, facts after."""


@dataclasses.dataclass(frozen=True)
class Changes:
    """The keys that a sync touched, by what it did, and what it could not do, in sentences."""

    added: list[str] = dataclasses.field(default_factory=list)
    changed: list[str] = dataclasses.field(default_factory=list)
    retired: list[str] = dataclasses.field(default_factory=list)
    revived: list[str] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether the database said already what the code says."""
        return not (self.added or self.changed or self.retired or self.revived)


def sync(*, using: str, now: datetime, actor: str = "code") -> Changes:
    """Load every declaration of the project and apply them. `now` is the database's time, aware.

    Raises InvalidInput when a declaration or a module that holds them is wrong; then nothing is changed, so that a
    module that does not import cannot retire its schedules.
    """
    registry.load()
    return apply(registry.declarations(), using=using, now=now, actor=actor)


def apply(declared: Mapping[str, Declaration], *, using: str, now: datetime, actor: str = "code") -> Changes:
    """In one transaction, bring the code-owned rows to what `declared` says, and audit each change.

    Repeated as a whole when another process was faster or the database asks for it.
    """
    tries = 0
    while True:
        try:
            with writing(using):
                return _Sync(using, now, Actor(name=actor, channel="code")).run(declared)
        except DatabaseError as error:
            tries += 1
            if tries == TRIES or not (isinstance(error, IntegrityError) or transient(error)):
                raise


@dataclasses.dataclass
class _Sync:
    using: str
    now: datetime
    actor: Actor
    changes: Changes = dataclasses.field(default_factory=Changes)
    entries: list[Entry] = dataclasses.field(default_factory=list)

    def run(self, declared: Mapping[str, Declaration]) -> Changes:
        rows = {row.key: row for row in Schedule.objects.using(self.using)}
        # In one order everywhere, so that two that sync wait for each other instead of locking each other out.
        for key in sorted({*declared, *rows}):
            self._one(key, declared.get(key), rows.get(key))
        # Last, because from here on every other writer of the audit waits for this transaction.
        for verb, subject, before, after in self.entries:
            record(self.actor, verb, subject, using=self.using, now=self.now, before=before, after=after)
        return self.changes

    def _one(self, key: str, said: Declaration | None, row: Schedule | None) -> None:
        if row is None:
            if said is not None:
                self._add(said)
        elif said is None:
            if row.source == Source.CODE and row.retired_at is None:
                self._retire(row)
        elif row.source != Source.CODE and row.retired_at is None:
            self.changes.problems.append(_clash(said))
        elif row.retired_at is not None or definition_of(row) != plain(said):
            self._change(said, row)
        elif words(row) != words(said):
            self._reword(said, row)

    def _add(self, said: Declaration) -> None:
        row = Schedule(key=said.key, source=Source.CODE, created_at=self.now, updated_at=self.now)
        write_definition(row, said)
        row.save(using=self.using, force_insert=True)
        versions.begin(row, f"Declared at {said.origin}", using=self.using, now=self.now)
        self.changes.added.append(said.key)
        self.entries.append(("schedule.create", row.key, None, facts(row)))

    def _change(self, said: Declaration, row: Schedule) -> None:
        held = versions.hold(row.pk, using=self.using, now=self.now)
        row = held.schedule
        before, revived = facts(row), row.retired_at is not None
        if not revived and (row.source != Source.CODE or definition_of(row) == plain(said)):
            return  # another process was faster; what it wrote is reported at the next sync
        write_definition(row, said)
        # A retired schedule has no owner: whoever declares its key next takes it over, with its history.
        row.source, row.retired_at = Source.CODE, None
        versions.turn(held, f"Declared at {said.origin}", using=self.using)
        (self.changes.revived if revived else self.changes.changed).append(row.key)
        self.entries.append(
            ("schedule.revive" if revived else "schedule.change", row.key, before, facts(row))
        )

    def _reword(self, said: Declaration, row: Schedule) -> None:
        before, after = words(row), words(said)
        # Only the line it stands on moved: kept true, and no news for anybody.
        moved_only = {**before, "origin": ""} == {**after, "origin": ""}
        rows = Schedule.objects.using(self.using).filter(pk=row.pk, **before)
        written = rows.update(**after, **({} if moved_only else {"updated_at": self.now}))
        if written and not moved_only:
            self.changes.changed.append(row.key)
            self.entries.append(("schedule.change", row.key, before, after))

    def _retire(self, row: Schedule) -> None:
        held = versions.hold(row.pk, using=self.using, now=self.now)
        row = held.schedule
        if row.retired_at is not None or row.source != Source.CODE:
            return
        before = facts(row)
        row.retired_at = held.turning
        versions.turn(held, "No longer declared", using=self.using)
        self.changes.retired.append(row.key)
        self.entries.append(("schedule.retire", row.key, before, facts(row)))


def _clash(said: Declaration) -> str:
    return (
        f"{said.key}: declared at {said.origin}, but the database owns a schedule with this key, which is left as it "
        f"is. One owner: rename the declaration, or retire the database's with `rota retire {said.key}`."
    )
