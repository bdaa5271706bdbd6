"""Limits under fire: many workers and askers at once, workers that die, and never one run too many."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from rota import clock
from rota.ledger import gates
from rota.ledger.claim import claim
from rota.ledger.connections import insistently
from rota.ledger.ending import Ending
from rota.ledger.enqueue import enqueue
from rota.ledger.finish import finish
from rota.ledger.integrity import check
from rota.ledger.rescue import rescue
from rota.models import Outcome, Run, State
from rota.models.states import ENDED
from rota.policies import Terms, limit
from tests.ledger.conftest import USING, order

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

AT_ONCE = {"limit:one": 1, "limit:two": 2, "limit:five": 5}
ASKED = 20


@pytest.fixture(autouse=True)
def at_noon(db: None) -> None:
    """These threads live by the database's real time."""


def together(*works: Callable[[], None]) -> list[BaseException]:
    """Run each in a thread with a connection of its own, all begun at one moment; returns what they raised."""
    start, errors = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait(30)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
    return errors


def ask(number: int, **changes: object) -> None:
    """Enqueue one run after another, in turn behind each of the limits, some with two gates."""
    dice = random.Random(number)
    for _ in range(ASKED):
        key = dice.choice(sorted(AT_ONCE))
        terms = Terms(concurrency=limit(AT_ONCE[key]), rate=limit(1000, per=1))
        rate_key = dice.choice([None, "rate:shared"])
        made = [order(terms=terms, limit_key=key, rate_key=rate_key, priority=dice.choice([0, 5]))]
        now = clock.now(USING)
        runs = insistently(partial(enqueue, made, using=USING, now=now), USING)
        gates.admit(gates.keys_of(runs), using=USING, now=now)


def work(number: int, seen: list[tuple[str, int]]) -> None:
    """Claim, look at how many run, and end: well, badly, or as one who was killed."""
    dice, holder = random.Random(number), uuid.uuid4()
    while Run.objects.exclude(state__in=ENDED).exists() or Run.objects.count() < 3 * ASKED:
        for claimed in claim(holder, [], dice.randint(1, 3), using=USING):
            for key in AT_ONCE:
                seen.append((key, Run.objects.filter(limit_key=key, state=State.RUNNING).count()))
            now = clock.now(USING)
            if dice.random() < 0.2:
                rescue(holder, begun=[(claimed.run_id, claimed.token)], using=USING, now=now, detail="killed")
                continue
            again = dice.random() < 0.1
            finish([_ended(claimed, holder, retry_in=0.0 if again else None)], using=USING, now=now)
        if dice.random() < 0.1:
            gates.sweep(using=USING, now=clock.now(USING))


def _ended(claimed, holder, retry_in) -> Ending:  # type: ignore[no-untyped-def]
    now = clock.now(USING)
    return Ending(
        run_id=claimed.run_id, token=claimed.token, attempt=claimed.attempt, started_at=now, finished_at=now,
        outcome=Outcome.SUCCEEDED if retry_in is None else Outcome.FAILED, held_by=holder, worker="host:1",
        retry_in=retry_in, watched=True,
    )  # fmt: skip


def test_never_more_at_once_than_the_limit_whatever_happens() -> None:
    seen: list[tuple[str, int]] = []
    askers = [lambda n=n: ask(n) for n in range(3)]
    workers = [lambda n=n: work(100 + n, seen) for n in range(8)]
    assert together(*askers, *workers) == []
    assert [(key, count) for key, count in seen if count > AT_ONCE[key]] == []
    assert max(count for key, count in seen if key == "limit:five") > 1, "they did run side by side"
    assert Run.objects.count() == 3 * ASKED
    assert not Run.objects.exclude(state__in=ENDED).exists()
    assert check(using=USING, now=clock.now(USING)) == []


def test_many_who_ask_share_one_rate() -> None:
    rate = limit(5, per=600)

    def put() -> None:
        for _ in range(4):
            now = clock.now(USING)
            made = [order(terms=Terms(rate=rate), rate_key="rate:crm")]
            runs = insistently(partial(enqueue, made, using=USING, now=now), USING)
            gates.admit(gates.keys_of(runs), using=USING, now=now)

    assert together(*[put] * 6) == []
    gates.sweep(using=USING, now=clock.now(USING))
    assert Run.objects.filter(ready_at__isnull=False).count() == 5
    assert Run.objects.filter(waits_at="rate:crm").count() == 19


def test_gates_locked_by_many_in_any_order_do_not_lock_each_other_out() -> None:
    """Each looks at all of them, in an order of its own, again and again."""
    keys = [f"limit:{number}" for number in range(30)]
    made = [order(terms=Terms(concurrency=limit(1)), limit_key=key) for key in keys for _ in range(8)]
    enqueue(made, using=USING, now=clock.now(USING))

    def look(number: int) -> None:
        dice = random.Random(number)
        for _ in range(10):
            some = dice.sample(keys, 20)
            gates.admit(some, using=USING, now=clock.now(USING))

    assert together(*[lambda n=n: look(n) for n in range(6)]) == []
    gates.admit(keys, using=USING, now=clock.now(USING))
    for key in keys:
        assert Run.objects.filter(limit_key=key, ready_at__isnull=False).count() == 1


def test_a_run_that_somebody_holds_in_a_transaction_holds_nobody_up() -> None:
    """A person cancels the first of the line and takes their time; the second passes meanwhile."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: there is nobody else meanwhile.")
    from django.db import transaction

    made = [order(terms=Terms(concurrency=limit(1)), limit_key="limit:crm") for _ in range(2)]
    first, second = enqueue(made, using=USING, now=clock.now(USING))
    now = clock.now(USING) + timedelta(seconds=1)
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=first.pk)
        assert together(lambda: gates.admit(["limit:crm"], using=USING, now=now) and None) == []  # type: ignore[func-returns-value]
    second.refresh_from_db()
    assert second.ready_at is not None
