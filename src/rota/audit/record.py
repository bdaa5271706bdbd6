"""Append one entry to the chain, in the transaction of what it tells about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connections, transaction

from rota import conf
from rota.audit import chain
from rota.audit.actor import Actor
from rota.audit.canonical import storable, text
from rota.models import AuditEntry
from rota.policies.redaction import redact

_POSTGRES_LOCK = 0x726F7461
"""'rota' in ASCII: the advisory lock that writers of the chain queue at."""


def record(
    actor: Actor,
    verb: str,
    subject: str,
    *,
    using: str,
    now: datetime,
    before: Any = None,
    after: Any = None,
    reason: str = "",
    ok: bool = True,
) -> AuditEntry:
    """Write who did what to which subject, with the old and the new value, as the next link of the chain.

    Joins the caller's transaction on `using` (or opens one): the entry stays exactly if the change stays. Call it as
    the last thing in that transaction, because every later writer waits for it to end. Values are freed of secrets
    (`policies.redaction`) before they are stored. `now` is aware.
    """
    entry = AuditEntry(
        at=now, verb=text(verb, 60), subject=text(subject, 250), ok=ok,
        actor=text(actor.name, 200), actor_id=text(actor.id, 100), channel=actor.channel,
        ip=text(actor.ip, 45), user_agent=text(actor.user_agent, 400), reason=text(reason),
        before=_kept(before), after=_kept(after),
    )  # fmt: skip
    with transaction.atomic(using=using, savepoint=False):
        _lock(using)
        _append(entry, using)
    return entry


def _kept(value: Any) -> Any:
    return storable(redact(value, conf.current().REDACT))


def _append(entry: AuditEntry, using: str) -> None:
    head = _head(using)
    if head is not None:
        return _link(entry, head, using)
    try:
        with transaction.atomic(using=using):
            _link(entry, None, using)
    except IntegrityError:
        # An empty table has no row to queue at on MySQL: somebody else opened the chain meanwhile.
        _lock(using)
        _link(entry, _head(using), using)


def _head(using: str) -> AuditEntry | None:
    """The newest entry; on MySQL as it is now and not as it was when the transaction began to read."""
    entries = AuditEntry.objects.using(using).order_by("-number")
    return (entries.select_for_update() if connections[using].vendor == "mysql" else entries).first()


def _link(entry: AuditEntry, head: AuditEntry | None, using: str) -> None:
    entry.number = head.number + 1 if head else 1
    entry.previous = head.digest if head else chain.FIRST_PREVIOUS
    entry.digest = chain.digest(chain.key(), entry.number, entry.previous, chain.payload(entry))
    entry.save(using=using, force_insert=True)


def _lock(using: str) -> None:
    """Let writers pass one after another until their transactions end."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSTGRES_LOCK])
        elif connection.vendor == "sqlite":
            # Matches no row, yet takes the write lock before the head is read: a transaction that began with a read
            # would otherwise see an old head.
            cursor.execute("UPDATE rota_auditentry SET number = number WHERE number < 0")
        else:
            # Always the same row: who waits for the newest one would wake up with a head that is no longer one.
            cursor.execute("SELECT number FROM rota_auditentry WHERE number = 1 FOR UPDATE")
            cursor.fetchall()
