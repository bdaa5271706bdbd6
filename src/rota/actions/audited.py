"""One transaction of a verb and its audit entry; and the entry alone when the verb was refused or failed."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, connections

from rota import clock, conf
from rota.audit.actor import Actor
from rota.audit.record import record
from rota.ledger.connections import transient, writing

log = logging.getLogger("rota")
T = TypeVar("T")
TRIES = 5


@dataclasses.dataclass(frozen=True)
class Done(Generic[T]):
    """What a verb gives back, and what the audit keeps of it."""

    value: T
    before: Any = None
    after: Any = None
    subject: str = ""
    """Instead of what the person typed: the key or the id that it turned out to be."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Act:
    """Who wants to do what to which subject, and why. `failed` is the verb of the entry when it does not succeed."""

    actor: Actor
    verb: str
    subject: str
    reason: str = ""
    failed: str = ""
    asked: Any = None
    """What was asked for, kept with an entry that failed."""


def carry_out(act: Act, work: Callable[[str, datetime], Done[T]]) -> T:
    """Call `work(using, now)` and audit it in one transaction, on the project's own connection.

    Tried again when the database asks for it, unless the caller holds a transaction that must be repeated as a whole.
    Whatever `work` raises is raised on, after an entry with ok=False was written in a transaction of its own.
    """
    using = conf.current().DATABASE
    try:
        return _tried(partial(_once, act, work, using), using)
    except Exception as error:
        _tell_failure(act, error, using)
        raise


def _once(act: Act, work: Callable[[str, datetime], Done[T]], using: str) -> T:
    with writing(using):
        now = clock.now(using)
        done = work(using, now)
        _record(act, act.verb, using, now, subject=done.subject, before=done.before, after=done.after)
        return done.value


def _tried(step: Callable[[], T], using: str) -> T:
    for _ in range(TRIES - 1):
        try:
            return step()
        except DatabaseError as error:
            if not transient(error) or connections[using].in_atomic_block:
                raise
    return step()


def _tell_failure(act: Act, error: Exception, using: str) -> None:
    after = {"error": str(error), **({"asked": act.asked} if act.asked else {})}
    try:
        with writing(using):
            now = clock.now(using)
            _record(act, act.failed or act.verb, using, now, after=after, ok=False)
    except DatabaseError:
        # The error that the person is told is the first one; this one would only hide it.
        log.exception("ERROR: the failure of %s on %s could not be audited.", act.verb, act.subject)


def _record(act: Act, verb: str, using: str, now: datetime, *, subject: str = "", **facts: Any) -> None:
    record(act.actor, verb, subject or act.subject, using=using, now=now, reason=act.reason, **facts)
