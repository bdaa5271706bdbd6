"""Entries belong to the transaction of what they tell about, hold no secrets, and form one chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from rota.audit import chain
from rota.audit.verify import verify
from rota.models import AuditEntry


@pytest.mark.django_db
def test_an_entry_reads_back_as_it_was_written(write: Callable[..., AuditEntry]) -> None:
    write(
        "tempo",
        before={"calendar": "0 8 * * *"},
        after={"calendar": "0 9 * * *", "n": 1e16, "f": 2.0},
        reason="x",
    )
    entry = AuditEntry.objects.get()
    assert (entry.number, entry.previous) == (1, chain.FIRST_PREVIOUS)
    assert (entry.actor, entry.actor_id, entry.channel, entry.ip) == (
        "Ana Bianchi",
        "7",
        "dashboard",
        "10.1.4.7",
    )
    assert entry.after == {"calendar": "0 9 * * *", "n": "1e+16", "f": 2}
    assert verify(using="default").ok


@pytest.mark.django_db
def test_secrets_and_unstorable_text_are_taken_out(write: Callable[..., AuditEntry]) -> None:
    write("a\x00b", after={"kwargs": {"password": "canary", "note": "\ud800"}}, reason="r" * 9000)
    entry = AuditEntry.objects.get()
    assert entry.after == {"kwargs": {"password": "[redacted]", "note": "\\ud800"}}
    assert entry.subject == "a\\u0000b" and len(entry.reason) == 9000
    assert verify(using="default").ok


@pytest.mark.django_db
def test_what_the_settings_name_is_a_secret_too(write: Callable[..., AuditEntry], settings: Any) -> None:
    settings.ROTA = {"REDACT": ["patient"]}
    write("sum", before={"patient": "P", "days": 7})
    assert AuditEntry.objects.get().before == {"patient": "[redacted]", "days": 7}


@pytest.mark.django_db
def test_texts_longer_than_their_columns_are_cut(write: Callable[..., AuditEntry]) -> None:
    write("s" * 999)
    assert len(AuditEntry.objects.get().subject) == 250
    assert verify(using="default").ok


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_when_the_change_is_rolled_back(write: Callable[..., AuditEntry]) -> None:
    write("stays")

    def change_and_fail() -> None:
        with transaction.atomic():
            write("goes")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    write("stays too")
    assert list(AuditEntry.objects.order_by("number").values_list("number", "subject")) == [
        (1, "stays"),
        (2, "stays too"),
    ]
    assert verify(using="default").ok
