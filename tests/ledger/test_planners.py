"""Any number of schedulers, no leader: the ledger is the same as with one."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from rota.ledger.cursors import turn
from rota.ledger.integrity import check
from rota.ledger.plan import plan_due
from rota.models import Run
from tests.ledger.conftest import NOW, USING, MakeSchedule

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_planners_write_each_instant_once(schedule: MakeSchedule) -> None:
    since = NOW - timedelta(hours=3)
    for number in range(20):
        schedule(key=f"s{number}", calendar="*/5 * * * *", since=since, catch_up="all", overlap="allow")
    start = threading.Barrier(10)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            start.wait(30)
            for minute in range(30):
                while plan_due(using=USING, now=NOW - timedelta(minutes=30 - minute), limit=7).more:
                    pass
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert errors == []
    while plan_due(using=USING, now=NOW).more:
        pass
    assert Run.objects.count() == 20 * 36
    assert check(using=USING, now=NOW) == []


def test_edits_and_planners_together_lose_no_instant(schedule: MakeSchedule) -> None:
    since = NOW - timedelta(hours=1)
    row = schedule(calendar="* * * * *", since=since, catch_up="all", overlap="allow")
    stop = threading.Event()

    def edit() -> None:
        from django.db import transaction

        while not stop.wait(0.002):
            with transaction.atomic():
                turn(row.pk, using=USING, now=since)
        connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for minute in range(60):
            plan_due(using=USING, now=since + timedelta(minutes=minute))
    finally:
        stop.set()
        editor.join(60)
    while plan_due(using=USING, now=NOW).more:
        pass
    assert Run.objects.filter(schedule=row).count() == 60
