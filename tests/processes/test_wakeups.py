"""Hints: sent after the commit, heard at once, passed on to who may care; and nothing rests on them."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from rota import actions, clock
from rota.actions import Actor
from rota.ledger import doorbells, wake
from rota.ledger.cancel import ask_to_stop
from rota.ledger.hints import ANY, EVERYTHING, MANY, Hint, decode
from rota.models import Process, Run, State
from rota.processes.wakeups import postgres
from rota.processes.wakeups.listener import Listener
from tests.processes.conftest import USING, StartHost, ended, put, state, until, witness
from tests.project.wake_tasks import begun_at

pytestmark = pytest.mark.django_db(transaction=True)

heard_here = pytest.mark.skipif(
    connection.vendor not in ("postgresql", "sqlite"), reason="wake-ups need PostgreSQL or SQLite"
)
Hear = Callable[[], list[Hint]]


@pytest.fixture
def hear() -> Iterator[Hear]:
    """A listener that is known to hear; the call waits for what comes next that is news."""
    wake._limit._sent.clear()
    listener = Listener(USING)
    listener.start()
    until(lambda: listener.proven)
    listener.hear()

    def news() -> list[Hint]:
        found: list[Hint] = []
        while not found:
            assert select.select([listener.readable], [], [], 20)[0], "nothing was heard"
            found = [hint for hint in listener.hear() if not hint.vague]
        return found

    yield news
    listener.stop()


@heard_here
def test_what_is_enqueued_is_heard_with_its_queue(hear: Hear) -> None:
    put("note", "letter", queue_name="mail")
    assert hear() == [Hint({"mail": 1})]


@heard_here
def test_nothing_is_said_before_the_commit_nor_of_what_was_rolled_back(hear: Hear) -> None:
    with transaction.atomic():
        put("note", "never", queue_name="never")
        transaction.set_rollback(True)
    with transaction.atomic():
        put("note", "first", queue_name="first")
        in_another_session(lambda: wake._send(Hint({"between": 1}), USING))
        assert hear() == [Hint({"between": 1})]
    assert hear() == [Hint({"first": 1})]


def in_another_session(work: Callable[[], None]) -> None:
    """Do it on a connection of its own."""

    def alone() -> None:
        connections[USING].ensure_connection()
        work()
        connections[USING].close()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()


@heard_here
def test_many_at_once_are_one_hint_that_says_how_many(hear: Hear) -> None:
    begun_at.get_backend().enqueue_many([(begun_at, [], {})] * 30)  # type: ignore[attr-defined]
    assert hear() == [Hint({"default": 30})]


@heard_here
def test_edits_and_requests_to_stop_are_heard(hear: Hear) -> None:
    actions.create_schedule("hourly", "0 * * * *", "tests.project.wake_tasks.begun_at", Actor("test"))
    assert any(hint.schedules for hint in hear())
    run = put("note", "stop me")
    Run.objects.filter(pk=run.pk).update(state=State.RUNNING, token=1)
    until(lambda: any(hint.queues for hint in hear()))
    assert ask_to_stop(run.pk, 1, using=USING)
    assert hear() == [Hint(stops=True)]


@heard_here
def test_what_is_held_back_is_made_up_for_by_an_echo() -> None:
    listener = Listener(USING)
    listener.start()
    until(lambda: listener.proven)
    listener.hear()
    wake._limit._sent.clear()
    begun_at.enqueue()
    begun_at.enqueue()
    heard: list[Hint] = []
    echo = Hint({"default": 1}, vague=True)
    until(lambda: heard.extend(listener.hear()) or echo in heard, 20)
    listener.stop()
    assert [hint.queues for hint in heard if not hint.vague][:1] == [{"default": 1}]


def test_one_process_sends_one_hint_of_a_kind_in_25_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    limit, now = wake._Limit(), [100.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])
    both = Hint({"a": 1, "b": 2}, schedules=True)
    assert limit.fresh(Hint({"a": 1}), USING) == Hint({"a": 1})
    assert limit.fresh(both, USING) == Hint({"b": 2}, schedules=True)
    assert not limit.fresh(both, USING)
    now[0] += wake.APART
    assert limit.fresh(both, USING) == both


def test_with_autocommit_off_nobody_is_told_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(wake, "_send", lambda *said: sent.append(said))
    transaction.set_autocommit(False)
    try:
        wake.workers(1, using=USING)
        transaction.rollback()
    finally:
        transaction.set_autocommit(True)
    assert sent == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "test 1",
        "[]",
        "7",
        "null",
        '{"queues": 3}',
        '{"queues": {"a": "x"}}',
        '{"queues": {}}',
        "[" * 100_000,
    ],
)
def test_a_strangers_message_is_no_hint(text: str) -> None:
    assert decode(text) is None


def test_a_hint_fits_whatever_the_number_of_queues() -> None:
    hint = Hint({f"queue-{n}-{'x' * 100}": 2 for n in range(MANY + 1)}, stops=True)
    assert decode(hint.encode()) == Hint({ANY: 2 * (MANY + 1)}, stops=True)
    few = Hint({"é\n'": 2}, schedules=True)
    assert decode(few.encode()) == few


def test_doorbells_are_for_those_who_can_read_them(tmp_path: Path) -> None:
    database = tmp_path / "shop [1].sqlite3"
    dead = doorbells.Doorbell(database)
    dead.socket.close()
    bell, other = doorbells.Doorbell(database), doorbells.Doorbell(database)
    assert len(doorbells.files(database)) == 2, "what a killed supervisor left is gone"
    doorbells.ring(database, "hello")
    for one in (bell, other):
        assert select.select([one.socket], [], [], 20)[0]
        assert one.heard() == ["hello"]
    with doorbells._bound(0) as stranger:
        stranger.sendto(b"0123456789abcdef hello", bell.socket.getsockname())
        stranger.sendto(b"\xff\x00", bell.socket.getsockname())
    assert select.select([bell.socket], [], [], 20)[0]
    assert bell.heard() == []
    bell.close()
    other.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="terminates a backend of PostgreSQL")
def test_a_listener_that_is_cut_off_hears_again(hear: Hear) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
        assert cursor.fetchall() == [(True,)]

    def comes_through() -> bool:
        wake._limit._sent.clear()
        put("note", "again", queue_name="again")
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        with connection.cursor() as cursor:
            cursor.execute(listening)
            return bool(cursor.fetchone()[0])

    until(comes_through)
    comes_through()
    assert Hint({"again": 1}) in hear()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="LISTEN is PostgreSQL's")
def test_a_listener_that_nothing_reaches_says_so_once_and_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(postgres, "ANSWER_WITHIN", 0.2)
    monkeypatch.setattr(postgres, "TEST_EVERY", 0.2)
    monkeypatch.setattr(postgres, "CHANNEL", "a_channel_that_loses_all")
    real = postgres.Listen._send_test

    def lost(self: postgres.Listen) -> None:
        real(self)
        self._test = "another text, so that what arrives is not the answer"

    with caplog.at_level(logging.WARNING, logger="rota"), monkeypatch.context() as broken:
        broken.setattr(postgres.Listen, "_send_test", lost)
        listener = Listener(USING)
        listener.start()
        until(lambda: len([1 for r in caplog.records if "NOTIFY does not arrive" in r.message]) == 1)
        assert (listener.proven, listener.how) == (False, "poll")
        broken.undo()
        until(lambda: listener.proven)
    listener.stop()
    said = [record.message for record in caplog.records if record.name == "rota"]
    assert [line.partition(":")[0][:8] for line in said] == ["What is ", "Wake-ups"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the counter is SQLite's")
def test_on_sqlite_a_change_is_seen_without_a_datagram(hear: Hear, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(USING)
    listener.start()
    until(lambda: listener.proven)
    listener.hear()
    monkeypatch.setattr(doorbells, "ring", lambda *_: None)
    put("note", "silently")
    until(lambda: EVERYTHING in listener.hear())
    listener.stop()


@heard_here
@pytest.mark.processes
def test_workers_rest_and_are_woken(host: StartHost, witnessed: Path) -> None:
    """With hints an idle worker asks every 40 s here: what is enqueued then begins because of them."""
    host(processes=2, poll=40)
    workers = Process.objects.filter(kind="worker", stopped_at__isnull=True)
    until(lambda: workers.count() == 2)
    until(lambda: Process.objects.filter(kind="supervisor", mode__in=("listen", "datagram")).exists())
    # Both have looked once and found nothing when each has been woken for something before.
    for number in range(6):
        run = put("note", f"number {number}")
        until(ended(run), 20)
    # One hint for a burst: the second and third worker's share is found through the first one and the echo.
    burst = [put("sleep", 0.5, f"burst {n}") for n in range(4)]
    until(ended(*burst), 20)
    later = put("note", "later", run_after=clock.now(USING) + timedelta(seconds=1))
    until(ended(later), 20)
    assert state(later) == State.SUCCESSFUL
    assert {"number 5", "later"} <= {line.removesuffix(" START") for line in witness(witnessed)}


@heard_here
@pytest.mark.processes
def test_a_changed_schedule_is_taken_up_at_once(host: StartHost) -> None:
    supervisor = host(poll=40)
    until(lambda: Process.objects.filter(kind="supervisor", mode__in=("listen", "datagram")).exists())
    actions.create_schedule(
        "every-second", "every 1 second", "tests.project.wake_tasks.begun_at", Actor("test")
    )
    until(lambda: Run.objects.filter(schedule__key="every-second", state=State.SUCCESSFUL).count() >= 2, 20)
    assert supervisor.stop() == 0


@pytest.mark.processes
def test_where_nothing_is_heard_the_ledger_is_asked(host: StartHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host(poll=0.1)
    monkeypatch.setattr(wake, "after_commit", lambda *_, **__: None)
    run = put("note", "unheard of")
    until(ended(run))
    assert state(run) == State.SUCCESSFUL


def test_a_hint_that_cannot_be_sent_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network here")

    monkeypatch.setitem(wake._SENDERS, connection.vendor, refuse)
    wake._limit._sent.clear()
    run = begun_at.enqueue()
    assert Run.objects.get(pk=run.id).state == State.READY
    assert connections[USING].is_usable()
