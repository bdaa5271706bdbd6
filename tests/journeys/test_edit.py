"""A schedule is edited in one process while another plans: to earlier and to later than its next wake-up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rota import clock
from rota.actions import Actor, change_schedule, create_schedule
from rota.ledger.integrity import check
from rota.models import Run, Version
from tests.journeys.test_deploy import Host, deploy
from tests.ledger.conftest import USING

__all__ = ["deploy"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

KEY = "report"
ANA = Actor(name="Ana", channel="cli")


def planned() -> int:
    return sum(Run.objects.filter(schedule__key=KEY).values_list("due_count", flat=True))


def versions() -> list[Version]:
    return list(Version.objects.filter(schedule__key=KEY).order_by("number"))


def test_a_running_scheduler_takes_an_edit_up(deploy: Callable[[str], Host]) -> None:
    host = deploy("old")
    host.wait_for(lambda: Run.objects.exists(), "the scheduler")
    create_schedule(KEY, "0 0 1 1 *", "rota.tasks.report_health", ANA)
    assert planned() == 0

    change_schedule(KEY, ANA, calendar="every 1 second")
    host.wait_for(lambda: planned() >= 3, "what is due earlier now")
    change_schedule(KEY, ANA, calendar="0 0 1 1 *")
    last = versions()[-1]
    host.wait_for(
        lambda: Run.objects.filter(schedule__key="kept", due_at__gt=last.valid_from).count() >= 3,
        "time to pass",
    )

    never, each_second, later = versions()
    assert (never.valid_to, each_second.valid_to) == (each_second.valid_from, later.valid_from)
    assert each_second.valid_to is not None
    runs = Run.objects.filter(schedule__key=KEY)
    assert {run.version for run in runs} == {each_second.number}
    began, ended = each_second.valid_from.timestamp(), each_second.valid_to.timestamp()
    assert planned() == int(ended) - int(began), "every second of that version, and none after it"
    assert host.stop() in (0, 75)
    assert check(using=USING, now=clock.now(USING)) == []
