"""From figures to tables, and into a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.report import BEGIN, END, Results


@pytest.fixture
def found() -> Results:
    """Two rounds of three systems; oban failed at one measure of the second."""
    return Results(
        {"Cores": "2"},
        {
            "rota-postgres": [{"tasks": 9000.0, "late50": 3.0}, {"tasks": 3000.0, "late50": 5.0}],
            "oban": [{"tasks": 3000.0}, {"enqueue50": 1.0}],
            "huey-sqlite": [{"tasks": 500.0}, {"tasks": 600.0}],
            "rota-sqlite": [{"tasks": 1000.0}, {"tasks": 1500.0}],
        },
        {"dramatiq": {"all": "not installed"}, "oban": {"latency": "it died"}},
    )


def rows(text: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_the_fastest_stands_first_with_what_it_keeps(found: Results) -> None:
    table = rows(report.markdown(found))[:6]
    assert table[0][:4] == ["", "on", "kept", "tasks, /s"]
    assert [row[1] for row in table[2:]] == ["PostgreSQL", "PostgreSQL", "SQLite", "SQLite"]
    assert table[2][:4] == ["**rota**", "PostgreSQL", "each outcome", "6,000 (3,000 to 9,000)"]


def test_only_rounds_that_both_have_make_a_ratio(found: Results) -> None:
    assert ["oban (Python)", "PostgreSQL", "PostgreSQL", "3.00"] in rows(report.markdown(found))


def test_what_stands_on_sqlite_is_held_against_rota_on_sqlite(found: Results) -> None:
    assert ["huey", "SQLite", "SQLite", "2.25"] in rows(report.markdown(found))


def test_what_is_asked_of_rota_alone_has_its_own_table(found: Results) -> None:
    assert ["one-second schedule, instant to first line, p50, ms", "4.00 (3.00 to 5.00)"] in rows(
        report.markdown(found)
    )


def test_whoever_could_not_be_measured_is_named_with_the_reason(found: Results) -> None:
    text = report.markdown(found)
    assert "- dramatiq: not installed" in text
    assert "- oban, latency: it died" in text


def test_a_system_without_figures_leaves_no_empty_row() -> None:
    text = report.markdown(Results({"Cores": "2"}, {"oban": [{}]}, {}))
    assert rows(text) == []


def test_the_figures_are_json_as_they_are(found: Results) -> None:
    assert json.loads(json.dumps(found.to_json()))["rounds"]["huey-sqlite"] == [
        {"tasks": 500.0},
        {"tasks": 600.0},
    ]


def test_a_page_keeps_what_stands_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", "utf-8")
    report.put(page, "new")
    assert page.read_text("utf-8") == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"


@pytest.mark.parametrize("text", ["nothing", BEGIN, END])
def test_a_page_without_both_marks_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="expected"):
        report.put(page, "new")
    assert page.read_text("utf-8") == text
