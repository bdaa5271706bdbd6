"""The lines of each run are records like all others."""

from __future__ import annotations

import io
import logging
import os
import threading
from collections.abc import Iterator

import pytest

from rota.execution.lines import lines


class Kept(logging.Handler):
    """Keeps the records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    """A handler on the root logger, with the logger `rota` at INFO."""
    root, own = logging.getLogger(), logging.getLogger("rota")
    handler, level = Kept(), own.level
    root.addHandler(handler)
    own.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    own.setLevel(level)


def test_a_line_has_every_field_of_a_record(kept: Kept) -> None:
    lines.line("Task %s received", "a.b")
    (record,) = kept.records
    usual = logging.LogRecord("rota.runs", logging.INFO, "p", 1, "m", None, None)
    assert set(record.__dict__) - {"message", "may_wait"} == set(usual.__dict__), (
        "a handler before ours may have made the text"
    )
    assert (record.getMessage(), record.levelname, record.name) == ("Task a.b received", "INFO", "rota.runs")
    assert (record.process, record.thread) == (os.getpid(), threading.get_ident())
    assert record.threadName == threading.current_thread().name
    assert abs(record.created - usual.created) < 60


def test_every_field_can_be_formatted(kept: Kept) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(module)s %(lineno)d %(processName)s %(message)s"))
    logging.getLogger("rota").addHandler(handler)
    try:
        lines.line("Starting %s", "x")
    finally:
        logging.getLogger("rota").removeHandler(handler)
    assert stream.getvalue().endswith("Starting x\n")


def test_the_level_of_rota_decides(kept: Kept) -> None:
    logging.getLogger("rota").setLevel(logging.WARNING)
    lines.line("Starting %s", "x")
    assert kept.records == []


def test_a_projects_own_records_are_made_by_its_own_factory(kept: Kept) -> None:
    class Own(logging.LogRecord):
        pass

    logging.setLogRecordFactory(Own)
    try:
        lines.line("Starting %s", "x")
    finally:
        logging.setLogRecordFactory(logging.LogRecord)
    assert isinstance(kept.records[0], Own)
