"""Every system that is measured: what it stands on, what it needs, what it keeps. Importing this needs none of them."""

from __future__ import annotations

import dataclasses
import importlib.util
from typing import Any

OUTCOMES = "each outcome"
FAILURES = "failures"
NOTHING = "nothing"


@dataclasses.dataclass(frozen=True)
class System:
    """One way of running tasks. Its module is `benchmarks.systems.<family>`."""

    name: str
    title: str
    family: str
    keeps: str
    needs: tuple[str, ...]
    """Modules that must be there."""
    database: str = "sqlite"
    broker: str = ""
    apps: tuple[str, ...] = ()
    backend: str = ""
    """The task backend, for what plugs into Django's tasks."""
    packages: tuple[str, ...] = ()
    """Distributions whose versions the report names."""
    many: bool = False
    """It has a way of its own to enqueue many at once."""
    late: bool = False
    """Celery: acknowledge after the task, fetch one at a time."""

    @property
    def servers(self) -> tuple[str, ...]:
        """The kinds of servers it uses."""
        return tuple(kind for kind in (self.database, self.broker) if kind and kind != "sqlite")

    @property
    def where(self) -> str:
        """What it stands on, in words."""
        names = {"postgres": "PostgreSQL", "sqlite": "SQLite", "redis": "Redis", "rabbitmq": "RabbitMQ"}
        return names[self.broker or self.database]

    def missing(self) -> list[str]:
        """The modules that are not installed."""
        return [module for module in self.needs if importlib.util.find_spec(module) is None]


def _rota(database: str) -> System:
    return System(
        f"rota-{database}", "**rota**", "rota", OUTCOMES, ("rota",), database,
        apps=("rota", "benchmarks.project"), backend="rota.backend.RotaBackend", packages=("django-rota",), many=True,
    )  # fmt: skip


def _tasks_db(database: str) -> System:
    return System(
        f"django-tasks-db-{database}", "django-tasks-db", "tasks_db", OUTCOMES, ("django_tasks_db",), database,
        apps=("django_tasks_db",), backend="django_tasks_db.DatabaseBackend", packages=("django-tasks-db",),
    )  # fmt: skip


def _vtasks(broker: str) -> System:
    on_redis = broker == "redis"
    return System(
        f"vtasks-{broker}", "django-vtasks", "vtasks", FAILURES,
        ("django_vtasks", *(("django_vcache",) if on_redis else ())),
        database="sqlite" if on_redis else broker, broker=broker if on_redis else "",
        apps=("django_vtasks", *(() if on_redis else ("django_vtasks.db",))),
        backend=f"django_vtasks.backends.{'valkey.ValkeyTaskBackend' if on_redis else 'db.DatabaseTaskBackend'}",
        packages=("django-vtasks",), many=True,
    )  # fmt: skip


def _celery(broker: str, *, late: bool) -> System:
    title = "Celery, late ack, prefetch 1" if late else "Celery, early ack"
    return System(
        f"celery-{broker}{'-late' if late else ''}", title, "celery", NOTHING,
        ("celery", *(("redis",) if broker == "redis" else ())), broker=broker, late=late, packages=("celery",),
    )  # fmt: skip


def _celery_results(database: str) -> System:
    return System(
        f"celery-results-{database}", f"Celery + django-celery-results ({database})", "celery", OUTCOMES,
        ("celery", "redis", "django_celery_results"), database, broker="redis", late=True,
        apps=("django_celery_results",), packages=("celery", "django-celery-results"),
    )  # fmt: skip


def _huey(broker: str) -> System:
    needs = ("huey", "redis") if broker == "redis" else ("huey",)
    where = {"broker": broker} if broker == "redis" else {}
    return System(f"huey-{broker}", "huey", "huey", NOTHING, needs, packages=("huey",), **where)


def _one(name: str, title: str, *needs: str, **more: Any) -> System:
    """What there is one of: its module and its package are called as it is."""
    return System(name, title, name, needs=(name, *needs), packages=(name,), **more)


_ALL = (
    _rota("postgres"),
    _rota("sqlite"),
    _one("oban", "oban (Python)", keeps=OUTCOMES, database="postgres", many=True),
    _one(
        "procrastinate", "procrastinate",
        keeps=OUTCOMES, database="postgres", apps=("procrastinate.contrib.django",), many=True,
    ),
    _tasks_db("postgres"),
    _tasks_db("sqlite"),
    _vtasks("postgres"),
    _vtasks("redis"),
    _celery("redis", late=False),
    _celery("redis", late=True),
    _celery("rabbitmq", late=False),
    _celery("rabbitmq", late=True),
    _celery_results("postgres"),
    _huey("sqlite"),
    _huey("redis"),
    _one("dramatiq", "dramatiq", "redis", keeps=NOTHING, broker="redis"),
)  # fmt: skip

SYSTEMS = {system.name: system for system in _ALL}
"""In the order in which a round measures them."""
