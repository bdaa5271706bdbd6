"""Several kinds of workers under one supervisor, on a real database."""

from __future__ import annotations

import pytest
from django.db import connection

from rota.models import Process, State
from tests.processes.conftest import StartHost, ended, put, state, until

pytestmark = [pytest.mark.faults, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

MAIL = {"queues": ["mail"], "processes": 2, "threads": 3}
REST = {"queues": ["default", "reports"], "asyncio": 5}


def rows() -> list[tuple[list[str], int, str | None]]:
    """Queues, slots and mode of the live workers."""
    live = Process.objects.filter(kind="worker", stopped_at__isnull=True)
    return sorted((row.queues, row.slots, row.mode) for row in live)


def test_each_kind_serves_its_queues_and_shows_its_slots(host: StartHost) -> None:
    supervisor = host(groups=[MAIL, REST])
    runs = [put("who", queue_name=queue) for queue in ("mail", "reports", "default", "mail")]
    nobody = put("who", queue_name="nobody")
    until(ended(*runs))
    until(lambda: len(rows()) == 3)
    assert rows() == [
        (["default", "reports"], 5, "asyncio"),
        (["mail"], 3, "threads"),
        (["mail"], 3, "threads"),
    ]
    queues = dict(Process.objects.filter(kind="worker").values_list("pid", "queues"))
    assert [state(run) for run in runs] == [State.SUCCESSFUL] * 4
    assert all(run.queue_name in queues[run.result] for run in runs)
    assert state(nobody) == State.READY
    dead = Process.objects.filter(kind="worker", slots=5).get()
    supervisor.end_child(dead.pid)
    until(lambda: len(rows()) == 3 and not Process.objects.filter(pk=dead.pk, stopped_at=None).exists())
    assert rows()[0] == (["default", "reports"], 5, "asyncio")
    assert supervisor.stop() == 0


def test_once_ends_when_every_kind_has_found_nothing_more(host: StartHost) -> None:
    runs = [
        put("note", queue, queue_name=queue) for queue in ("mail", "default", "reports") for _ in range(5)
    ]
    assert host(once=True, groups=[MAIL, REST]).wait() == 0
    assert {state(run) for run in runs} == {State.SUCCESSFUL}


@pytest.mark.skipif(connection.vendor == "mysql", reason="nothing is heard of on MySQL and MariaDB")
def test_idle_workers_of_its_queue_are_woken(host: StartHost) -> None:
    # They would ask by themselves only after a minute.
    host(groups=[MAIL, REST], poll=60, scheduler=False)
    until(lambda: len(rows()) == 3)
    for queue in ("mail", "reports", "mail", "default"):
        run = put("note", queue, queue_name=queue)
        until(ended(run), 20)
