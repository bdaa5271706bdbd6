"""The keyed hash that links an entry to the one before it.

    digest = HMAC-SHA256(key, "rota-audit/1" | number | previous digest | canonical payload)

Each part is preceded by its length, so that no two different entries have the same bytes. Without the key nobody can
compute a digest, so write access to the table alone does not suffice to rewrite the chain.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from django.conf import settings

from rota import conf
from rota.audit.canonical import canonical, moment
from rota.models import AuditEntry

FIRST_PREVIOUS = "0" * 64
"""What entry number 1 names as its predecessor."""
_DOMAIN = b"rota-audit/1"


def digest(key: bytes, number: int, previous: str, payload: bytes) -> str:
    """The digest of entry `number`, as 64 hexadecimal digits."""
    parts = (_DOMAIN, str(number).encode(), previous.encode(), payload)
    message = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def payload(entry: AuditEntry) -> bytes:
    """Everything an entry says, apart from its place in the chain."""
    said: dict[str, Any] = {
        "at": moment(entry.at), "verb": entry.verb, "subject": entry.subject, "ok": entry.ok,
        "actor": entry.actor, "actor_id": entry.actor_id, "channel": entry.channel,
        "ip": entry.ip, "user_agent": entry.user_agent, "reason": entry.reason,
        "before": entry.before, "after": entry.after,
    }  # fmt: skip
    return canonical(said)


def key() -> bytes:
    """The key that new entries are written with: ROTA["AUDIT_KEY"], else one derived from SECRET_KEY."""
    return keys()[0]


def keys() -> list[bytes]:
    """`key()`, then those derived from SECRET_KEY_FALLBACKS, so that rotating SECRET_KEY leaves the chain readable."""
    own = conf.current().AUDIT_KEY
    derived = [_derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return [own.encode(), *derived] if own else derived


def _derived(secret: str | bytes) -> bytes:
    given = secret if isinstance(secret, bytes) else secret.encode()
    return hmac.new(given, b"rota.audit.chain", hashlib.sha256).digest()
