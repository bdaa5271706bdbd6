"""Idempotency keys: asked for twice, there is one run, however many ask at once and whatever becomes of them."""

from __future__ import annotations

import itertools
import threading

import pytest
from django.db import connection, transaction

from rota.ledger.connections import insistently
from rota.ledger.enqueue import Placed, place
from rota.ledger.finish import finish
from rota.models import Run
from tests.ledger.conftest import NOW, USING, ended, order, take
from tests.ledger.test_limits_storm import together


def ask(*keys: str | None, until_end: bool = False) -> list[Placed]:
    return place([order(unique_key=key, until_end=until_end) for key in keys], using=USING, now=NOW)


def test_the_second_gets_the_run_of_the_first() -> None:
    (first,), (again,) = ask("a"), ask("a")
    assert (first.created, again.created, again.run.pk) == (True, False, first.run.pk)
    assert Run.objects.count() == 1


def test_the_same_key_twice_in_one_call_is_one_run() -> None:
    placed = ask("a", None, "b", "a", None)
    assert [each.created for each in placed] == [True, True, True, False, True]
    assert placed[3].run.pk == placed[0].run.pk
    assert Run.objects.count() == 4


def test_some_taken_and_some_not() -> None:
    (first,) = ask("b")
    assert [each.created for each in ask("a", "b", "c")] == [True, False, True]
    assert Run.objects.get(unique_key="b").pk == first.run.pk


def test_what_one_asks_for_keeps_its_order() -> None:
    placed = ask("z", "a", None)
    assert [claimed.run_id for claimed in take()] == [each.run.pk for each in placed]


def test_a_key_is_taken_for_good_also_after_the_end() -> None:
    (first,) = ask("a")
    (claimed,) = take()
    finish([ended(claimed)], using=USING, now=NOW)
    (again,) = ask("a")
    assert (again.created, again.run.pk, again.run.state) == (False, first.run.pk, "SUCCESSFUL")


def test_until_the_end_the_key_is_free_once_the_run_has_ended() -> None:
    (first,) = ask("a", until_end=True)
    assert not ask("a", until_end=True)[0].created, "it waits"
    (claimed,) = take()
    assert not ask("a", until_end=True)[0].created, "it runs"
    finish([ended(claimed)], using=USING, now=NOW)
    (second,) = ask("a", until_end=True)
    assert second.created
    assert Run.objects.get(unique_key="a").pk == second.run.pk
    assert Run.objects.get(pk=first.run.pk).unique_key is None


@pytest.mark.django_db(transaction=True)
def test_rolled_back_the_key_is_free_and_the_old_run_has_it_back() -> None:
    (first,) = ask("a")
    (claimed,) = take()
    finish([ended(claimed)], using=USING, now=NOW)
    with transaction.atomic():
        ask("b")
        assert ask("a", until_end=True)[0].created
        transaction.set_rollback(True)
    assert list(Run.objects.values_list("pk", "unique_key")) == [(first.run.pk, "a")]
    assert ask("b")[0].created


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("until_end", [False, True])
@pytest.mark.parametrize("before", ["nothing", "an ended run"])
def test_ten_at_once_make_one_run(until_end: bool, before: str) -> None:
    if before == "an ended run":
        ask("a")
        (claimed,) = take()
        finish([ended(claimed)], using=USING, now=NOW)
    found: list[Placed] = []
    assert together(*[lambda: found.extend(ask("a", until_end=until_end))] * 10) == []
    fresh = until_end or before == "nothing"
    assert sum(each.created for each in found) == int(fresh)
    assert len({each.run.pk for each in found}) == 1
    assert Run.objects.count() == 1 + (fresh and before == "an ended run")


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_for_the_same_keys_in_other_orders() -> None:
    """Each call is one transaction with several keys: in their own orders they would lock each other out."""
    orders = list(itertools.permutations("abcd"))[:10]
    found: list[Placed] = []
    assert together(*[lambda keys=keys: found.extend(ask(*keys)) for keys in orders]) == []
    assert sum(each.created for each in found) == 4
    assert sorted(Run.objects.values_list("unique_key", flat=True)) == ["a", "b", "c", "d"]


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_while_another_has_not_committed_waits_and_gets_that_run() -> None:
    """Inside a transaction of the user's, together with their own rows."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: the second cannot even begin.")
    found: list[Placed] = []
    asked = threading.Event()

    def second() -> None:
        asked.set()
        found.extend(insistently(lambda: ask("a"), USING))
        connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic():
        (first,) = ask("a")
        thread.start()
        asked.wait(30)
        assert found == []
    thread.join(60)
    assert [(each.created, each.run.pk) for each in found] == [(False, first.run.pk)]
