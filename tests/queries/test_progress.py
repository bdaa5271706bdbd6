"""Progress and logs in words."""

from __future__ import annotations

import pytest

from rota.queries.logs import by_level
from rota.queries.progress import progress_of

STAMP = "2026-11-22T03:00:00.123Z"


@pytest.mark.parametrize(
    ("done", "total", "percent", "words"),
    [
        (1200, 5000, 24, "1,200 of 5,000 (24 %)"), (4999, 5000, 99, "4,999 of 5,000 (99 %)"), (0, 3, 0, "0 of 3 (0 %)"),
        (5, 5, 100, "5 of 5 (100 %)"), (7, 5, 100, "7 of 5 (100 %)"), (-1, 5, 0, "-1 of 5 (0 %)"),
        (0, 0, 100, "0 of 0 (100 %)"),
        (0.5, 2, 25, "0.5 of 2 (25 %)"), (1200, None, None, "1,200"),
    ],
)  # fmt: skip
def test_in_words(done, total, percent, words):
    found = progress_of({"done": done, "total": total, "text": "x"})
    assert (found.percent, found.words, found.text) == (percent, words, "x")


def test_nothing_told_is_nothing():
    assert progress_of(None) is None


@pytest.mark.parametrize(
    ("log", "levels"),
    [
        ("", []), ("printed", [""]), (f"{STAMP} INFO a: b\n", ["INFO"]),
        (f"{STAMP} INFO a: b\n{STAMP} INFO a: c", ["INFO"]),
        (f"{STAMP} ERROR a: b\n\tmore\nprinted\n", ["ERROR", ""]), (f"{STAMP} LOUD a: b\n", [""]),
        (f" {STAMP} INFO a: b\n", [""]), ("\tprinted\n", [""]),
    ],
)  # fmt: skip
def test_the_levels_of_a_log(log, levels):
    found = by_level(log)
    assert [part.level for part in found] == levels
    assert "\n".join(part.text for part in found) == log.removesuffix("\n")


def test_nothing_that_a_page_or_a_terminal_obeys_is_left():
    (part,) = by_level("a\x1b[2J\x07\u202eb\tc\r\nd\re\n\n")
    assert part.text == "a\\x1b[2J\\x07\\x202eb\tc\nd\\x0de\n"
