"""System checks: what `manage.py check` says about a project that uses rota. The codes are in docs/reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.checks.registry import registry as registered
from django.db import connections

from rota import conf
from rota.compat import check_tasks, task_backends
from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.processes.groups import Group
from rota.schedules.faults import faults

OURS = "rota.backend.RotaBackend"
SQLITE_OPTIONS = """\
"OPTIONS": {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL",
}"""

# Django's own check ends in a traceback when a backend cannot be made; `_backends` asks the same and says it.
registered.registered_checks.discard(check_tasks)


@checks.register("rota")
def check_project(**_: Any) -> list[CheckMessage]:
    """Settings and declarations. Reads no table."""
    wrong = list(_settings())
    # Declarations are read by these settings: one fault in them would be told again for each schedule.
    return wrong or [*_backends(), *_databases(), *faults()]


def _settings() -> Iterator[CheckMessage]:
    try:
        for number, worker in enumerate(conf.current().WORKERS, 1):
            Group.read(worker, f"ROTA['WORKERS'], worker {number}")
    except InvalidInput as error:
        yield Error(str(error), hint="Correct ROTA in the settings.", id="rota.E002")
    if not settings.USE_TZ:
        yield Error(
            "rota needs USE_TZ = True: without it, times are ambiguous when clocks are put back.",
            hint="Set USE_TZ = True in the settings.",
            id="rota.E003",
        )


def _backends() -> Iterator[CheckMessage]:
    made = []
    for alias in task_backends:
        try:
            made.append(task_backends[alias])
        except Exception as error:  # noqa: BLE001 - anybody's backend, told as a message of the check
            yield Error(
                f"TASKS[{alias!r}] cannot be used: {error}", hint=_backend_hint(alias), id="rota.E004"
            )
    for backend in made:
        yield from backend.check()
    if not any(hasattr(backend, "enqueue_many") for backend in made):
        yield checks.Warning(
            "No backend in TASKS is rota's: tasks that are enqueued do not reach it.",
            hint=f'Set TASKS = {{"default": {{"BACKEND": "{OURS}"}}}}.',
            id="rota.W001",
        )


def _backend_hint(alias: str) -> str:
    entry = task_backends.settings[alias]
    path = str(entry.get("BACKEND", "")) if isinstance(entry, dict) else ""
    return f"BACKEND is the path of a class, such as {OURS!r}.{did_you_mean(nearest(path, [OURS]))}"


def _databases() -> Iterator[CheckMessage]:
    alias = conf.current().DATABASE
    connection = connections[alias]
    mode = (connection.settings_dict.get("OPTIONS") or {}).get("transaction_mode")
    if connection.vendor == "sqlite" and str(mode).upper() not in ("IMMEDIATE", "EXCLUSIVE"):
        yield checks.Warning(
            f"DATABASES[{alias!r}] is SQLite without transaction_mode IMMEDIATE: a transaction that reads before it "
            'writes fails with "database is locked" while another one writes.',
            hint=f"Put this into DATABASES[{alias!r}]:\n{SQLITE_OPTIONS}",
            id="rota.W002",
        )
