"""The project's house: what the lock files, the Makefile and the packaging promise each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from scripts import cells, environment
from tests.databases import settings_for, url_for
from tests.sources import ROOT
from tests.test_rules import MACHINE, none

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted(path.stem for path in environment.LOCKS.glob("django*.txt"))
TARGETS = [
    "demo",
    "test",
    "test-slow",
    "test-all",
    "chaos",
    "lint",
    "format",
    "bench",
    "docs",
    "lock",
    "clean",
]


def distribution(requirement: str) -> str:
    """`psycopg` of `psycopg[binary]>=3.2`."""
    return re.split(r"[\[<>=~;! ]", requirement, maxsplit=1)[0].lower()


def locked(name: str) -> dict[str, str]:
    """Distribution to exact version, of one lock file."""
    text = (environment.LOCKS / f"{name}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_every_dependency_of_the_product(name: str) -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]]
    none(f"{name}: {need}" for need in wanted if distribution(need) not in locked(name))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_the_django_it_is_named_for(name: str) -> None:
    assert "".join(locked(name)["django"].split(".")[:2]) == name.removeprefix("django")


def test_every_supported_django_is_locked() -> None:
    assert sorted(cells.LOWEST_PYTHON) == LOCKS


def test_only_django_52_has_the_backport() -> None:
    assert [name for name in LOCKS if "django-tasks" in locked(name)] == ["django52"]


@pytest.mark.parametrize("path", sorted(environment.LOCKS.glob("*.txt")), ids=lambda path: path.name)
def test_a_lock_file_names_no_registry(path: Path) -> None:
    assert "://" not in path.read_text("utf-8")


def test_nothing_that_rota_installs_is_capped() -> None:
    extras = [need for extra in PROJECT["optional-dependencies"].values() for need in extra]
    none(need for need in [*PROJECT["dependencies"], *extras] if re.search(r"<|==|~=", need))


def test_every_dependency_has_its_reason_in_the_docs() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    files = [path for path in environment.LOCKS.glob("*.in") if not path.stem.startswith("django")]
    tools = [
        line for path in files for line in path.read_text("utf-8").split("\n") if line and line[0] != "#"
    ]
    none(need for need in [*PROJECT["dependencies"], *tools] if distribution(need) not in reasons)


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    asked = subprocess.run(
        ["make", "--dry-run", f"PYTHON={sys.executable}", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr


def test_a_cell_that_does_not_exist_gets_a_sentence() -> None:
    with pytest.raises(
        ValueError, match=r"py311-django61-sqlite: expected .* Did you mean py31\d-django61-sqlite\?"
    ):
        cells.parse("py311-django61-sqlite")


@pytest.mark.parametrize(
    "url", ["postgres://u%40x:p%2F@h:1/n", "mysql://root@h:2/n", "sqlite:////var/x%20y.sqlite3"]
)
def test_a_process_is_told_the_same_database(url: str) -> None:
    database = {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", **settings_for(url)}
    assert url_for(database, database["NAME"]) == url


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_another_process_sees_the_same_rows() -> None:
    Group.objects.create(name="seen from outside")
    ask = "import django; django.setup(); from django.contrib.auth.models import Group; print(Group.objects.get().name)"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    assert asked.stdout.strip() == "seen from outside", asked.stderr


def test_an_unknown_database_gets_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"expected one of .*sqlite.* got 'oracle'"):
        settings_for("oracle://h/n")


def test_nothing_in_the_repository_knows_a_path_of_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = [
        ROOT / name
        for name in listed.split("\n")
        if re.search(r"\.(py|md|toml|yml|txt|in|html|sh)$|file$|run$", name)
    ]
    none(
        f"{path}: {found[0]}"
        for path in texts
        if path.exists()
        for found in MACHINE.finditer(path.read_text("utf-8"))
    )
