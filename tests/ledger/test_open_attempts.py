"""What running attempts show is theirs as long as they hold their run, and is read when they were killed."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from rota.ledger.claim import Claimed
from rota.ledger.finish import finish
from rota.ledger.open_attempts import Shown, forget_ended, show
from rota.ledger.release import hand_back
from rota.ledger.rescue import rescue
from rota.models import Attempt, OpenAttempt, Run
from rota.queries import runs
from tests.ledger.conftest import NOW, USING, ended, put, take

HALF = {"done": 1, "total": 2, "text": "half"}
HOLDER = uuid.uuid4()


def write(claimed: Claimed, log: str = "it began\n", progress: dict[str, object] | None = None) -> None:
    show([Shown(claimed.run_id, claimed.token, progress, log)], using=USING, now=NOW)


def test_a_batch_is_one_statement_whatever_it_holds() -> None:
    put(4)
    claims = take()
    texts = ["", "a\x00\ud800b", "ünïcödé 'quoted' %s\n", "x" * 200_000]
    progress = [None, None, HALF, {"done": 0.5, "total": None, "text": "%s"}]
    batch = [Shown(c.run_id, c.token, p, t) for c, p, t in zip(claims, progress, texts, strict=True)]
    with CaptureQueriesContext(connection) as queries:
        show(batch, using=USING, now=NOW)
    assert [q["sql"][:6] for q in queries if "SAVEPOINT" not in q["sql"]] == ["INSERT"]
    rows = {row.pk: row for row in OpenAttempt.objects.all()}
    assert [rows[c.run_id].progress for c in claims] == progress
    assert [rows[c.run_id].log for c in claims][:3] == ["", "a\ufffd?b", texts[2]]
    assert 60_000 < len(rows[claims[3].run_id].log) < 70_000
    assert {(row.number, row.written_at) for row in rows.values()} == {(1, NOW)}


def test_a_later_write_replaces_the_one_before() -> None:
    put()
    (claimed,) = take()
    write(claimed, progress=HALF)
    show([Shown(claimed.run_id, claimed.token, None, "more\n")], using=USING, now=NOW + timedelta(seconds=1))
    row = OpenAttempt.objects.get()
    assert (row.log, row.progress, row.written_at) == ("more\n", None, NOW + timedelta(seconds=1))


def test_who_no_longer_holds_the_run_writes_nothing() -> None:
    put()
    (lost,) = take()
    hand_back([(lost.run_id, lost.token)], using=USING, now=NOW)
    write(lost)
    assert not OpenAttempt.objects.exists()
    (holds,) = take()
    write(holds, "mine\n")
    write(lost, "from the dead\n")
    assert OpenAttempt.objects.get().log == "mine\n"
    finish([ended(holds)], using=USING, now=NOW)
    write(holds, "too late\n")
    assert OpenAttempt.objects.get().log == "mine\n"


def test_another_attempt_takes_the_row_over() -> None:
    put()
    (first,) = take()
    write(first, "first\n", HALF)
    hand_back([(first.run_id, first.token)], using=USING, now=NOW)
    (second,) = take()
    assert runs.detail(first.run_id, using=USING).shown is None
    write(second, "second\n")
    shown = runs.detail(first.run_id, using=USING).shown
    assert shown is not None and (shown.token, shown.log, shown.progress) == (second.token, "second\n", None)


def test_rows_of_ended_attempts_are_removed_and_no_others() -> None:
    put(3)
    runs_, ended_, returned = take()
    for claimed in (runs_, ended_, returned):
        write(claimed)
    finish([ended(ended_)], using=USING, now=NOW)
    hand_back([(returned.run_id, returned.token)], using=USING, now=NOW)
    assert forget_ended(using=USING) == 2
    assert [row.pk for row in OpenAttempt.objects.all()] == [runs_.run_id]
    assert forget_ended(using=USING) == 0


def test_what_a_killed_attempt_showed_last_stays_with_it() -> None:
    put(2)
    claims = take(holder=HOLDER)
    write(claims[0], "came this far\n", HALF)
    begun = [(c.run_id, c.token) for c in claims]
    rescue(HOLDER, begun=begun, using=USING, now=NOW, detail="exit status -9")
    kept = {a.run_id: (a.log, a.progress, a.error) for a in Attempt.objects.all()}
    assert kept[claims[0].run_id] == ("came this far\n", HALF, "exit status -9")
    assert kept[claims[1].run_id] == ("", None, "exit status -9")


def test_what_an_earlier_attempt_showed_is_not_the_killed_ones() -> None:
    put()
    (first,) = take()
    write(first, "not mine\n", HALF)
    hand_back([(first.run_id, first.token)], using=USING, now=NOW)
    (second,) = take(holder=HOLDER)
    rescue(HOLDER, begun=[(second.run_id, second.token)], using=USING, now=NOW, detail="exit status -9")
    attempt = Attempt.objects.get()
    assert (attempt.log, attempt.progress) == ("", None)


@pytest.mark.django_db(transaction=True)
def test_many_workers_show_at_once() -> None:
    put(12)
    claims = take()
    failed: list[BaseException] = []

    def work(mine: list[Claimed]) -> None:
        try:
            for number in range(20):
                batch = [
                    Shown(c.run_id, c.token, {"done": number, "total": 19, "text": ""}, "") for c in mine
                ]
                show(batch, using=USING, now=NOW)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(claims[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [row.progress["done"] for row in OpenAttempt.objects.all() if row.progress] == [19] * 12
    assert Run.objects.filter(state="RUNNING").count() == 12


def test_more_than_one_statement_takes_are_written_all_the_same() -> None:
    put(501)
    claims = take(501)
    show([Shown(c.run_id, c.token, HALF, "") for c in claims], using=USING, now=NOW)
    assert OpenAttempt.objects.filter(run_id__in=[c.run_id for c in claims]).count() == len(claims) == 501
