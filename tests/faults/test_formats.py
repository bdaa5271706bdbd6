"""V9: what the first release stored is read by this one, and what a later one may store besides is passed over."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rota import timing
from rota.ledger.ending import Ending
from rota.policies import Definition, Limit, Retry, Terms

GOLDEN = Path(__file__).parent / "golden"

RETRY = Retry(3, 1.5, 3.0, 60.0, 0.0, ("builtins.OSError",))
TERMS = Terms(retry=RETRY, soft_timeout=10.0, hard_timeout=20.5, at_most_once=True)
DEFINITION = Definition(
    task_path="shop.tasks.sync", calendar="0 8 * * * Europe/Madrid", args=[1, "zwei"], kwargs={"dry": True},
    queue_name="mail", priority=7, backend="other", catch_up="all", catch_up_window=None, catch_up_cap=9,
    overlap="queue", critical=True, jitter=2.5, terms=TERMS,
)  # fmt: skip
ENDING = Ending(
    run_id=uuid.UUID(int=1), token=2, attempt=3, outcome="failed", held_by=uuid.UUID(int=4), worker="host:5",
    started_at=datetime(2026, 3, 10, 12, tzinfo=UTC), finished_at=datetime(2026, 3, 10, 12, 0, 1, tzinfo=UTC),
    result={"a": [1]}, error_class="builtins.OSError", error="away", traceback="line 1", log="said", retry_in=1.5,
)  # fmt: skip
STORED: dict[str, Any] = {
    "retry": RETRY, "terms": TERMS, "definition": DEFINITION, "ending": ENDING,
    "limit": Limit(5, 60.0, "customer:{customer_id}"),
}  # fmt: skip


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("more", [{}, {"of_a_later_release": {"deep": [1]}}])
def test_v9_what_the_first_release_stored_is_read(name: str, more: dict[str, Any]) -> None:
    stored = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert type(STORED[name]).from_json(stored | more) == STORED[name]


def test_v9_a_later_key_inside_a_stored_value_is_passed_over() -> None:
    stored = json.loads((GOLDEN / "definition.json").read_text("utf-8"))
    stored["terms"]["later"] = stored["terms"]["retry"]["later"] = 1
    assert Definition.from_json(stored) == DEFINITION
    assert timing.parse(DEFINITION.calendar).next(datetime(2026, 3, 10, 12, tzinfo=UTC))
