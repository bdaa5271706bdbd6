"""The page of faults names every fault, and tests that there are."""

from __future__ import annotations

import re

from tests.sources import ROOT

ROWS = re.findall(r"^\| ([CHV]\d+) \|(.*)$", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.MULTILINE)


def test_every_fault_has_one_row() -> None:
    wanted = [f"C{number}" for number in range(1, 24)] + [f"H{number}" for number in range(1, 10)]
    wanted += [f"V{number}" for number in range(1, 10)]
    assert [number for number, _ in ROWS] == wanted


def test_every_test_that_is_named_exists() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    written = {
        name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)
    }
    named = {name for _, row in ROWS for name in re.findall(r"`(test_\w+)`", row)}
    assert len(named) > 30 and not named - written


def test_every_fault_names_a_test() -> None:
    by_hand = {"V5"}
    assert not [number for number, row in ROWS if "`test_" not in row and number not in by_hand]
