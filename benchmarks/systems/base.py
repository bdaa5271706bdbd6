"""What a measure may ask of any system, so that no measure knows which one it measures."""

from __future__ import annotations

import abc
import sys
from collections.abc import Iterable
from typing import Any

from benchmarks.systems import System

PROCESSES = 2
"""Worker processes: one per core of a small machine, the same for all."""

MANAGE = [sys.executable, "-m", "django"]


class Queue(abc.ABC):
    """One system, ready to be measured. `name` is that of a function in `benchmarks.work`."""

    def __init__(self, system: System) -> None:
        self.system = system

    def prepare(self) -> None:
        """Make the tables."""
        from django.core.management import call_command

        call_command("migrate", verbosity=0)

    @abc.abstractmethod
    def enqueue(self, name: str, text: str) -> None:
        """Enqueue one task, as a web request would."""

    def enqueue_many(self, name: str, texts: Iterable[str]) -> None:
        """Enqueue all of them, the fastest way the system documents."""
        for text in texts:
            self.enqueue(name, text)

    @abc.abstractmethod
    def workers(self, slots: int = 1) -> list[list[str]]:
        """The commands that start its workers: PROCESSES processes in all, `slots` tasks at once in each."""

    def kept(self, total: int) -> int | None:
        """How many of `total` tasks have their end on disk; None where the system keeps none."""
        return None

    def analyze(self) -> None:
        """Give PostgreSQL its statistics, as autovacuum would within a minute."""
        self._ask("ANALYZE")

    def transactions(self) -> int | None:
        """How many transactions there were in its database; None where nobody counts them."""
        row = self._ask(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(row[0]) if row else None

    def _ask(self, statement: str) -> Any:
        from django.db import connection

        if connection.vendor != "postgresql":
            return None
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None

    def close(self) -> None:  # noqa: B027 - most have nothing open
        """Let go of what is open."""


def rows(model: Any, **where: Any) -> int:
    """How many there are, in a fresh look at the table."""
    count: int = model.objects.filter(**where).count()
    return count
