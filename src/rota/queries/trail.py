"""The audit trail, for reading."""

from __future__ import annotations

from rota.audit.verify import Verdict, verify
from rota.models import AuditEntry

__all__ = ["Verdict", "newest", "verify"]


def newest(*, using: str, who: str = "", subject: str = "", limit: int = 50) -> list[AuditEntry]:
    """The newest entries first, of one actor, about one subject."""
    found = AuditEntry.objects.using(using).order_by("-number")
    if who:
        found = found.filter(actor__iexact=who)
    if subject:
        found = found.filter(subject=subject)
    return list(found[:limit])
