"""Each line of a log says its level, whoever wrote what in between."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rota.execution import logs
from rota.execution.showing import Showing
from rota.execution.texts import Captured
from rota.queries.logs import by_level

log = logging.getLogger("project.logs")


@pytest.fixture
def kept(caplog: pytest.LogCaptureFixture) -> Iterator[Showing]:
    caplog.set_level(1)
    with logs.kept() as showing:
        yield showing


def told(showing: Showing) -> list[tuple[str, str]]:
    """Level and text of each record or print, without the time."""
    return [
        (part.level, part.text.partition("Z ")[2] if part.level else part.text)
        for part in by_level(showing.text())
    ]


@pytest.mark.parametrize(
    ("number", "name"),
    [(5, "DEBUG"), (10, "DEBUG"), (25, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL"), (99, "CRITICAL")],
)  # fmt: skip
def test_a_level_is_one_of_five(kept: Showing, number: int, name: str) -> None:
    log.log(number, "it is %s", "so")
    assert told(kept) == [(name, f"{name} project.logs: it is so")]


def test_further_lines_belong_to_their_record_and_prints_to_none(kept: Showing) -> None:
    log.warning("one\ntwo")
    logs.write("printed\n")
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("failed")
    parts = told(kept)
    assert [level for level, _ in parts] == ["WARNING", "", "ERROR"]
    assert parts[0][1].endswith("one\n\ttwo") and parts[1][1] == "printed"
    assert parts[2][1].startswith("ERROR project.logs: failed\n\tTraceback") and parts[2][1].endswith(
        "\tValueError: no"
    )


def test_a_record_begins_a_line_after_a_print_that_did_not_end_its_own(kept: Showing) -> None:
    logs.write("half a line")
    log.info("a record")
    assert told(kept) == [("", "half a line"), ("INFO", "INFO project.logs: a record")]


def test_a_record_that_cannot_be_formatted_is_kept_as_it_is(kept: Showing) -> None:
    logging.raiseExceptions, before = False, logging.raiseExceptions
    try:
        logs.AttemptHandler().handle(logging.LogRecord("x", 40, "", 0, "%d", ("no number",), None))
    finally:
        logging.raiseExceptions = before
    assert "ERROR x: '%d' (cannot be formatted: TypeError" in kept.text()


def test_what_is_thrown_away_while_a_log_is_written_may_log_itself() -> None:
    captured = Captured()

    class Odd(str):
        def __getitem__(self, key: Any) -> str:
            captured.write("meanwhile\n")
            return super().__getitem__(key)

    thread = threading.Thread(target=captured.write, args=(Odd("text\n"),), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive() and "meanwhile" in captured.text()
