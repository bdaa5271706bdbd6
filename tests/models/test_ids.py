"""Ids of runs sort by creation."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime

from rota import clock
from rota.models.ids import new_id, new_token

MOMENT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_an_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    with clock.frozen(MOMENT):
        made = new_id()
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(MOMENT.timestamp() * 1000)


def test_ids_of_one_millisecond_keep_their_order() -> None:
    with clock.frozen(MOMENT):
        made = [new_id() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == 10_000


def test_threads_never_make_the_same_id() -> None:
    made: list[uuid.UUID] = []
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(5_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 20_000


def test_tokens_fit_a_signed_bigint() -> None:
    assert all(0 <= new_token() < 2**62 for _ in range(1000))
