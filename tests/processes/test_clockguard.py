"""Whether the database's clock is believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from rota.processes import clockguard
from rota.processes.clockguard import ClockGuard, Reading

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)


def saying(
    database: float, elapsed: float, *, host: float | None = None, took: float = 0
) -> Callable[[str], Reading]:
    """A reading: what the clocks said, in seconds from the start, when `elapsed` seconds had passed."""
    moment = START + timedelta(seconds=database)
    of_host = moment if host is None else START + timedelta(seconds=host)
    return lambda _: Reading(moment, of_host, elapsed - took, elapsed)


def guard_on(vendor: str, monkeypatch: pytest.MonkeyPatch) -> ClockGuard:
    """A guard of a database of that kind."""

    class Connection:
        pass

    connection = Connection()
    monkeypatch.setattr(connection, "vendor", vendor, raising=False)
    monkeypatch.setattr(clockguard, "connections", {"default": connection})
    return ClockGuard("default", MINUTE)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> ClockGuard:
    """On a server, where host and database may disagree."""
    return guard_on("postgresql", monkeypatch)


def test_time_that_passes_is_believed(guard: ClockGuard) -> None:
    for second in (0, 1, 3600, 3601):
        moment, jump = guard.look(saying(second, second))
        assert (moment, jump) == (START + timedelta(seconds=second), None)


@pytest.mark.parametrize("step", [-7200, -61.5, 61.5, 7200])
def test_a_step_is_noticed_with_what_was_expected(guard: ClockGuard, step: float) -> None:
    guard.look(saying(0, 0))
    _, jump = guard.look(saying(10 + step, 10))
    assert jump is not None and jump.expected_at == START + timedelta(seconds=10)
    assert f"{step:+.0f} s" in jump.detail


@pytest.mark.parametrize("step", [-59, 59])
def test_a_small_step_is_believed(guard: ClockGuard, step: float) -> None:
    guard.look(saying(0, 0))
    assert guard.look(saying(10 + step, 10))[1] is None


def test_a_slow_answer_is_no_step(guard: ClockGuard) -> None:
    guard.look(saying(0, 0))
    # The database read its clock at once; the answer took ten minutes.
    assert guard.look(saying(5, 605, host=605, took=600))[1] is None


def test_a_laptop_that_slept_has_an_outage_and_no_jump(guard: ClockGuard) -> None:
    guard.look(saying(0, 0))
    assert guard.look(saying(8 * 3600, 8 * 3600))[1] is None


def test_host_and_database_must_agree(guard: ClockGuard) -> None:
    assert guard.look(saying(0, 0, host=59))[1] is None
    _, jump = guard.look(saying(1, 1, host=91))
    assert jump is not None and "disagree by -90 s" in jump.detail


def test_what_a_person_accepted_is_right(guard: ClockGuard) -> None:
    guard.look(saying(0, 0))
    reader = saying(3600, 1, host=1)
    assert guard.look(reader)[1] is not None
    guard.accept(reader("default"))
    assert guard.look(saying(3601, 2, host=2))[1] is None
    assert guard.look(saying(3602, 3, host=300))[1] is not None


def test_sqlite_has_the_hosts_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guard_on("sqlite", monkeypatch).look(saying(0, 0, host=3600))[1] is None
