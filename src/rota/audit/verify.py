"""Walk the chain from its first link, and name the first that does not hold."""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Iterator

from rota import conf
from rota.audit import chain
from rota.models import AuditEntry

_SEARCH = 10_000
"""How many numbers around an entry are tried to find the place it was written for."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """`entries` counts what was read; `damage` is a sentence, empty when the chain holds.

    `notes` tell what is true but odd, such as a clock that went back. A tail that was cut off cannot be seen from
    inside the table: compare `entries` and `head` with a copy kept elsewhere.
    """

    ok: bool
    entries: int
    first_bad: int | None = None
    damage: str = ""
    head: str = ""
    notes: tuple[str, ...] = ()


def verify(*, using: str) -> Verdict:
    """Check every entry against its digest and its predecessor, and stop at the first bad one."""
    keys = chain.keys()
    notes: list[str] = []
    previous: AuditEntry | None = None
    count = 0
    for count, entry in enumerate(_entries(using), start=1):
        damage = _damage(entry, previous, keys)
        if damage:
            first_bad = (
                _expected_number(previous) if entry.number > _expected_number(previous) else entry.number
            )
            return Verdict(False, count, first_bad, damage, notes=tuple(notes))
        notes += _clock_notes(entry, previous)
        previous = entry
    return Verdict(True, count, head=previous.digest if previous else "", notes=tuple(notes))


def _entries(using: str) -> Iterator[AuditEntry]:
    return AuditEntry.objects.using(using).order_by("number").iterator(chunk_size=1000)


def _expected_number(previous: AuditEntry | None) -> int:
    return previous.number + 1 if previous else 1


def _damage(entry: AuditEntry, previous: AuditEntry | None, keys: list[bytes]) -> str:
    expected = _expected_number(previous)
    if entry.number != expected:
        last = entry.number - 1
        return f"Missing: {_numbers(expected, last)} not there, the next entry is {entry.number}."
    if not _holds(entry, entry.number, keys):
        return _edited_or_moved(entry, keys)
    if entry.previous != (previous.digest if previous else chain.FIRST_PREVIOUS):
        return f"Reordered: entry {entry.number} is genuine, but was not written after the one before it."
    return ""


def _numbers(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"


def _holds(entry: AuditEntry, number: int, keys: list[bytes]) -> bool:
    said = chain.payload(entry)
    found = (chain.digest(key, number, entry.previous, said) for key in keys)
    return any(hmac.compare_digest(digest, entry.digest) for digest in found)


def _edited_or_moved(entry: AuditEntry, keys: list[bytes]) -> str:
    for number in range(max(1, entry.number - _SEARCH), entry.number + _SEARCH):
        if _holds(entry, number, keys[:1]):
            return f"Reordered: what stands at number {entry.number} was written as entry {number}."
    hint = ""
    if entry.number == 1:
        hint = " If it was not, the key (ROTA['AUDIT_KEY'] or SECRET_KEY) is not the one it was written with."
    return f"Edited: entry {entry.number} does not match its digest.{hint}"


def _clock_notes(entry: AuditEntry, previous: AuditEntry | None) -> list[str]:
    """Entries wait for each other after they took their time, so small steps back are in order."""
    if previous is None or previous.at - entry.at <= conf.current().MAX_CLOCK_STEP:
        return []
    return [
        f"The clock went back by {previous.at - entry.at} between entries {previous.number} and {entry.number}."
    ]
