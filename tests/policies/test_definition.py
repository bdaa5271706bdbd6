"""What a schedule says is a value that survives the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rota.policies import Definition, Terms, retry

MOMENT = datetime(2026, 3, 10, tzinfo=UTC)


def test_a_definition_survives_the_ledger() -> None:
    said = Definition(
        task_path="a.b",
        calendar="0 * * * *",
        kwargs={"x": 1},
        catch_up="all",
        terms=Terms(retry=retry(), soft_timeout=3),
    )
    assert Definition.from_json(said.to_json()) == said
    assert Definition.from_json({**said.to_json(), "from_the_future": 1}) == said


def test_jitter_is_the_same_for_the_same_instant_and_spreads_over_others() -> None:
    said = Definition(task_path="a.b", calendar="0 * * * *", jitter=60.0)
    waits = [said.jitter_for("key", MOMENT + timedelta(hours=hour)) for hour in range(200)]
    assert waits == [said.jitter_for("key", MOMENT + timedelta(hours=hour)) for hour in range(200)]
    assert all(0 <= wait < 60 for wait in waits)
    assert min(waits) < 10 and max(waits) > 50
    assert said.jitter_for("other", MOMENT) != waits[0]
    assert Definition(task_path="a.b", calendar="0 * * * *").jitter_for("key", MOMENT) == 0
