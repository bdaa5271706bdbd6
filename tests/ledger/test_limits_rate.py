"""At most so many in a period: by the stamps from which runs may be claimed."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rota import clock
from rota.ledger import gates, rates
from rota.ledger.enqueue import enqueue
from rota.ledger.finish import finish
from rota.ledger.idle_gates import forget
from rota.models import Gate, Outcome, Run
from rota.policies import Limit, Terms, limit
from tests.ledger.conftest import NOW, USING, MakeSchedule, ended, order, take


def put(count: int, number: int, per: float = 60, key: str = "rate:crm", **changes: object) -> list[Run]:
    terms = Terms(rate=limit(number, per=per), concurrency=changes.pop("concurrency", None))  # type: ignore[arg-type]
    runs = enqueue(
        [order(terms=terms, rate_key=key, **changes) for _ in range(count)], using=USING, now=clock.now(USING)
    )
    gates.admit(gates.keys_of(runs), using=USING, now=clock.now(USING))
    return runs


def stamps() -> list[float | None]:
    """When each run may be claimed, in seconds after noon, oldest run first."""
    return [
        None if run.ready_at is None else (run.ready_at - NOW).total_seconds()
        for run in Run.objects.order_by("pk")
    ]


def test_a_periods_number_goes_at_once_and_the_next_when_the_bucket_has_leaked() -> None:
    put(5, number=3, per=6)
    assert stamps() == [0, 0, 0, 2, 4]


def test_stamps_reach_only_as_far_ahead_as_the_next_sweeps() -> None:
    put(7, number=2, per=10)
    assert stamps() == [0, 0, 5, 10, 15, 20, None]
    with clock.frozen(NOW + timedelta(seconds=5)):
        take()
        gates.sweep(using=USING, now=clock.now(USING))
    assert stamps()[-1] == 25


def test_a_rate_is_shared_by_all_that_name_its_key() -> None:
    put(1, number=1, per=5, task_path="tests.project.tasks.add")
    put(1, number=1, per=5, task_path="tests.project.tasks.urgent")
    assert stamps() == [0, 5]


def test_what_is_more_urgent_is_stamped_first() -> None:
    put(1, number=1, per=60)
    take()
    low, high = put(1, number=1, priority=0)[0], put(1, number=1, priority=5)[0]
    gates.sweep(using=USING, now=NOW + timedelta(seconds=60))
    low.refresh_from_db(), high.refresh_from_db()
    assert (low.ready_at, high.ready_at) == (None, NOW + timedelta(seconds=60))


def test_an_idle_hour_saves_up_one_period_and_no_more() -> None:
    put(1, number=2, per=40)
    take()
    with clock.frozen(NOW + timedelta(hours=1)):
        put(4, number=2, per=40)
    assert stamps()[1:] == [3600, 3600, 3620, None]


def test_while_no_worker_is_there_no_more_pile_up_than_may_begin_at_once() -> None:
    put(500, number=10, per=10)
    for second in range(0, 600, 5):
        gates.sweep(using=USING, now=NOW + timedelta(seconds=second))
    begin_at_once = sum(stamp is not None and stamp <= 600 for stamp in stamps())
    assert begin_at_once <= 10 + rates.AHEAD.total_seconds()


def test_a_retry_counts_as_the_call_that_it_is() -> None:
    put(1, number=1, per=60)
    (claimed,) = take()
    Run.objects.update(max_attempts=3)
    finish([ended(claimed, Outcome.FAILED, retry_in=5.0)], using=USING, now=NOW)
    gates.sweep(using=USING, now=NOW + timedelta(seconds=6))
    assert stamps() == [None], "the minute is not over"
    gates.sweep(using=USING, now=NOW + timedelta(seconds=55))
    assert stamps() == [60]


def test_concurrency_comes_first_and_its_place_is_kept_while_the_rate_lets_nobody_through() -> None:
    put(3, number=1, limit_key="limit:crm", concurrency=limit(2))
    gates.admit(["limit:crm"], using=USING, now=NOW)
    assert [run.waits_at for run in Run.objects.order_by("pk")] == [None, "rate:crm", "limit:crm"]


def test_a_schedules_run_passes_all_three(schedule: MakeSchedule) -> None:
    put(1, number=1, schedule=schedule(), overlap="skip", limit_key="limit:crm", concurrency=limit(1))
    assert stamps() == [0]


@hypothesis_settings(max_examples=300)
@given(
    number=st.integers(1, 20),
    per=st.floats(0.01, 1000),
    waits=st.lists(st.floats(0, 500), min_size=1, max_size=80),
)
def test_no_window_holds_more_than_the_number_and_its_burst(
    number: int, per: float, waits: list[float]
) -> None:
    """Whenever they come, by the arithmetic alone."""
    rate, now = Limit(number, per), NOW
    gate, found = Gate(key="rate:x"), list[datetime]()
    for wait in waits:
        now += timedelta(seconds=wait)
        stamped, gate.next_at = rates._stamped([Run(terms=Terms(rate=rate).to_json())], gate, 0, now)
        found += [stamp for stamp, _, _ in stamped]
    period = timedelta(seconds=per)
    assert all(sum(begin <= other < begin + period for other in found) <= 2 * number for begin in found)


def test_a_rates_gate_is_kept_until_its_bucket_is_empty() -> None:
    put(2, number=1, per=5)
    take()
    Run.objects.update(state="CANCELLED", ready_at=None, finished_at=NOW)
    assert forget(using=USING, now=NOW + timedelta(seconds=9)) == 0
    assert forget(using=USING, now=NOW + timedelta(seconds=10)) == 1


def test_however_many_workers_come_back_at_once_no_window_holds_more_than_the_number_and_its_burst() -> None:
    put(100, number=10, per=60)
    begun: list[int] = []
    for second in range(200):
        with clock.frozen(NOW + timedelta(seconds=second)):
            if second % 5 == 0:
                gates.sweep(using=USING, now=clock.now(USING))
            if second >= 65:  # until then nobody is there to take them
                begun += [second for _ in take()]
    assert len(begun) > 20, "the line flows on"
    assert max(sum(begin <= other < begin + 60 for other in begun) for begin in begun) <= 20
