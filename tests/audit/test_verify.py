"""Whatever is done to the table behind rota's back, `verify` finds the first bad entry and says what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from rota.audit import chain
from rota.audit.actor import Actor
from rota.audit.verify import Verdict, verify
from rota.models import AuditEntry
from tests.audit.conftest import ANA, START

pytestmark = pytest.mark.django_db


def look() -> Verdict:
    return verify(using="default")


def test_an_empty_and_a_whole_chain_hold(write: Callable[..., AuditEntry]) -> None:
    assert look() == Verdict(True, 0)
    last = [write(f"s{n}") for n in range(3)][-1]
    assert look() == Verdict(True, 3, head=last.digest)


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "resumed"}, {"actor": "Eve"}, {"actor_id": "8"}, {"channel": "api"}, {"subject": "other"},
        {"ok": False}, {"before": None}, {"after": {"paused": False}}, {"reason": "none"}, {"ip": ""},
        {"user_agent": "curl"}, {"at": START}, {"digest": "f" * 64},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_an_edited_field_is_found(chain_of_six: list[AuditEntry], change: dict[str, object]) -> None:
    AuditEntry.objects.filter(number=4).update(**change)
    verdict = look()
    assert not verdict.ok and verdict.first_bad == 4 and verdict.damage.startswith("Edited: entry 4")


def test_every_field_is_under_the_digest(chain_of_six: list[AuditEntry]) -> None:
    """A field that a later version adds and forgets here would be free to edit."""
    covered = {"at", "verb", "subject", "ok", "actor", "actor_id", "channel", "ip", "user_agent", "reason",
               "before", "after"}  # fmt: skip
    fields = {field.name for field in AuditEntry._meta.fields}
    assert fields == covered | {"number", "previous", "digest"}


def test_a_removed_entry_is_found(chain_of_six: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(number__in=(3, 4)).delete()
    verdict = look()
    assert verdict.first_bad == 3 and verdict.damage.startswith("Missing: entries 3 to 4")


def test_a_removed_beginning_is_found(chain_of_six: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(number=1).delete()
    assert look().damage.startswith("Missing: entry 1 is not there")


def test_a_removed_entry_whose_gap_was_closed_is_found(chain_of_six: list[AuditEntry]) -> None:
    AuditEntry.objects.filter(number=3).delete()
    for number in (4, 5, 6):
        AuditEntry.objects.filter(number=number).update(number=number - 1)
    verdict = look()
    assert verdict.first_bad == 3 and verdict.damage.startswith(
        "Reordered: what stands at number 3 was written as entry 4"
    )


def test_swapped_entries_are_found(chain_of_six: list[AuditEntry]) -> None:
    for old, new in ((3, 99), (5, 3), (99, 5)):
        AuditEntry.objects.filter(number=old).update(number=new)
    verdict = look()
    assert verdict.first_bad == 3 and "was written as entry 5" in verdict.damage


def test_an_entry_recomputed_without_the_key_is_found(chain_of_six: list[AuditEntry]) -> None:
    entry = chain_of_six[3]
    entry.actor = "Eve"
    forged = chain.digest(b"a guess", entry.number, entry.previous, chain.payload(entry))
    AuditEntry.objects.filter(number=4).update(actor="Eve", digest=forged)
    assert look().first_bad == 4


def test_a_genuine_entry_of_another_chain_is_found(chain_of_six: list[AuditEntry]) -> None:
    """Somebody who has the key of a test system, or a restored copy, puts an entry in."""
    entry = chain_of_six[3]
    entry.previous = "a" * 64
    forged = chain.digest(chain.key(), entry.number, entry.previous, chain.payload(entry))
    AuditEntry.objects.filter(number=4).update(previous=entry.previous, digest=forged)
    assert look().damage.startswith("Reordered: entry 4 is genuine")


def test_another_key_is_named_as_a_possible_cause(chain_of_six: list[AuditEntry], settings: object) -> None:
    settings.ROTA = {"AUDIT_KEY": "kept outside the database"}
    settings.SECRET_KEY = "another"
    assert look().first_bad == 1 and "AUDIT_KEY" in look().damage


def test_a_rotated_secret_key_leaves_the_chain_whole(
    chain_of_six: list[AuditEntry], settings: object, write
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the new one"
    write("after the rotation")
    assert look().ok and look().entries == 7


def test_a_clock_that_went_back_is_told_and_is_no_damage(chain_of_six: list[AuditEntry], write) -> None:
    write("early", now=START - timedelta(hours=1))
    verdict = look()
    assert verdict.ok and "between entries 6 and 7" in verdict.notes[0]


def test_verify_reads_in_one_query(chain_of_six: list[AuditEntry], django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        look()


def test_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="name of whoever acts"):
        Actor("  ")
    with pytest.raises(ValueError, match="expected a channel out of"):
        Actor("Ana", channel="web")
    assert str(ANA) == "Ana Bianchi"
