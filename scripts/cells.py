"""A cell: one Python, one Django, one database. What can be combined, and how a cell is written."""

from __future__ import annotations

import dataclasses
import difflib

from scripts import databases, environment, pythons

LOWEST_PYTHON = {"django52": (3, 11), "django60": (3, 12), "django61": (3, 12)}


@dataclasses.dataclass(frozen=True)
class Cell:
    """One combination, such as `py311-django52-sqlite`."""

    python: str
    django: str
    database: str

    def __str__(self) -> str:
        return f"py{self.python.replace('.', '')}-{self.django}-{self.database}"


def every() -> list[Cell]:
    """Every supported combination, whether or not this machine can run it."""
    return [
        Cell(python, django, database)
        for django, lowest in LOWEST_PYTHON.items()
        for python in pythons.KNOWN
        if tuple(map(int, python.split("."))) >= lowest
        for database in databases.NAMES
    ]


def own() -> list[Cell]:
    """What `make test` runs: the Python that runs it, the newest Django for that, SQLite and PostgreSQL."""
    django = environment.newest_django(pythons.current())
    return [Cell(pythons.current(), django, database) for database in ("sqlite", "postgres")]


def parse(text: str) -> Cell:
    """The cell that is written so. Raises ValueError for one that is not supported."""
    known = {str(cell): cell for cell in every()}
    if text in known:
        return known[text]
    near = difflib.get_close_matches(text, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ValueError(f"{text}: expected a cell such as py311-django52-sqlite.{hint}")
