"""The house rules that a program can check. Why they are so: CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterable

import pytest
from django.core.management import call_command

from tests.sources import PACKAGE, Source, dotted, imported, package

WRITERS = {
    "Run": "ledger",
    "Attempt": "ledger",
    "Cursor": "ledger",
    "Gate": "ledger",
    "Halt": "ledger",
    "Tally": "ledger",
    "Batch": "ledger",
    "Effect": "ledger",
    "OpenAttempt": "ledger",
    "Schedule": "schedules",
    "Version": "schedules",
    "AuditEntry": "audit",
    "Alert": "alerts",
    "Process": "processes",
}
"""Each table, and the one room that writes it."""

WRITES = re.compile(r"^a?(bulk_create|bulk_update|create|update|delete|get_or_create|update_or_create|save)$")
SQL_WRITE = re.compile(r"\b(insert\s+into|update|delete\s+from)\s+[\"`]?rota_(\w+)", re.IGNORECASE)
CLOCK = re.compile(
    r"(^|\.)(timezone\.now|datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.time_ns)$"
)
ATOMIC_ROOMS = {"ledger", "audit", "schedules", "actions"}
DOORS = {"dashboard", "api", "management", "tasks"}
BEHIND = ("rota.ledger", "rota.audit", "rota.engines", "rota.execution")
OPTIONAL = {"psycopg", "MySQLdb", "celery", "django_tasks"}
MACHINE = re.compile(r"(?<![\w.])/(?:root|home|Users|work|private|mnt)/\w|[A-Za-z]:\\Users")


def none(found: Iterable[str]) -> None:
    """Fail with every finding, each on its own line."""
    listed = sorted(found)
    assert not listed, "\n" + "\n".join(listed)


def test_no_file_is_longer_than_300_lines() -> None:
    none(f"{source.name}: {source.lines} lines" for source in package() if source.lines > 300)


def test_the_median_file_has_at_most_90_lines() -> None:
    assert statistics.median(source.lines for source in package()) <= 90


def test_no_function_is_longer_than_40_lines() -> None:
    none(
        f"{source.at(node)}: {node.name} has {length(node)} lines"
        for source in package()
        for node in source.functions()
        if length(node) > 40
    )


def test_the_median_function_has_at_most_8_lines() -> None:
    assert statistics.median(length(node) for source in package() for node in source.functions()) <= 8


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_only_the_clock_asks_what_time_it_is() -> None:
    none(
        f"{source.at(call)}: {dotted(call.func)}()"
        for source in package()
        if source.name != "clock.py"
        for call in source.calls()
        if CLOCK.search(dotted(call.func))
    )


def test_only_the_writing_rooms_open_transactions() -> None:
    none(
        f"{source.at(node)}: {dotted(node)}"
        for source in package()
        if source.room not in ATOMIC_ROOMS and source.name != "alerts/evaluate.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node) in ("transaction.atomic", "atomic")
    )


def test_each_table_has_one_writing_room() -> None:
    """Chains that begin at a model's name, and SQL text. What a plain variable holds is beyond this check."""
    none(
        f"{where}: writes {table}"
        for source in package()
        for where, table in written(source)
        if not owns(source, table)
    )


def owns(source: Source, table: str) -> bool:
    return source.room == WRITERS.get(table)


def written(source: Source) -> list[tuple[str, str]]:
    """(where, model) of each write in this file."""
    chains = [(call, dotted(call.func).split(".")) for call in source.calls()]
    by_chain = [
        (source.at(call), names[0])
        for call, names in chains
        if names[0] in WRITERS and WRITES.match(names[-1])
    ]
    texts = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    by_sql = [
        (source.at(node), model(match[2])) for node in texts for match in SQL_WRITE.finditer(str(node.value))
    ]
    return by_chain + by_sql


def model(table: str) -> str:
    """The model whose table is `rota_<table>`."""
    return next((name for name in WRITERS if name.lower() == table.lower().replace("_", "")), table)


def test_every_table_has_a_writing_room() -> None:
    from django.apps import apps

    none(
        found.__name__ for found in apps.get_app_config("rota").get_models() if found.__name__ not in WRITERS
    )


def test_doors_go_through_actions_and_queries() -> None:
    none(
        f"src/rota/{source.name}:{line}: imports {module}"
        for source in package()
        if source.room in DOORS or source.name in ("admin.py", "tasks.py")
        for line, module in source.imports()
        if module.startswith(BEHIND)
    )


def test_imports_stand_at_the_top() -> None:
    """Only an optional dependency may be imported in a function, and what Django wants loaded late (apps.py)."""
    none(
        f"src/rota/{source.name}:{line}: imports {module} inside {node.name}"
        for source in package()
        if source.name != "apps.py"
        for node in source.functions()
        for line, module in imported(node)
        if module.split(".")[0] not in OPTIONAL
    )


def test_every_module_says_what_it_is_for() -> None:
    none(source.name for source in package() if not ast.get_docstring(source.tree))


def test_no_file_knows_a_path_of_a_machine() -> None:
    none(
        f"src/rota/{source.name}:{number}: {line.strip()}"
        for source in package()
        for number, line in enumerate(source.text.splitlines(), 1)
        if MACHINE.search(line)
    )


def test_every_room_is_a_package() -> None:
    """A folder without __init__.py is invisible to the import contracts."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    none(str(folder.relative_to(PACKAGE)) for folder in folders if not (folder / "__init__.py").exists())


@pytest.mark.django_db
def test_migrations_are_in_step_with_the_models() -> None:
    call_command("makemigrations", "rota", check=True, dry_run=True, interactive=False)
