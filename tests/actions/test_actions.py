"""Every other action: one verb and one audit entry, or a refusal with a sentence and an entry that says so."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, OperationalError

import rota
from rota import actions, clock
from rota.actions import audited
from rota.exceptions import InvalidInput, Refused, UnknownName
from rota.ledger.halts import write_halt
from rota.ledger.plan import plan_due
from rota.models import AuditEntry, Halt, Run, Schedule
from rota.policies import Retry
from tests.actions.conftest import ANA, NOW, begin, end, failed_run, schedule, send_reminders


def entries():
    return [(entry.verb, entry.ok) for entry in AuditEntry.objects.order_by("number")]


def last_entry():
    return AuditEntry.objects.order_by("-number").first()


def test_a_dead_letter_is_run_again_as_a_new_run_and_only_once():
    schedule("again", send_reminders, kwargs={"days": 9}, priority=4)
    old = failed_run(actions.run_now("again", ANA))
    receipt = actions.retry(old, ANA, "supplier is back")
    new, settled = Run.objects.get(pk=receipt.run_id), Run.objects.get(pk=old)
    assert (new.retry_of, new.kwargs, new.priority, new.origin, new.state) == (
        old,
        {"days": 9},
        4,
        "retry",
        "READY",
    )
    assert new.schedule == settled.schedule
    assert new.ready_at is not None
    assert (settled.state, settled.settled_note) == ("FAILED", f"run again as {new.pk} by Ana")
    with pytest.raises(Refused, match=str(new.pk)):
        actions.retry(old, ANA)
    assert Run.objects.count() == 2
    assert entries()[-2:] == [("run.retry", True), ("run.retry", False)]


def test_a_retry_waits_for_its_turn_instead_of_being_skipped():
    old = failed_run(actions.run_now("mail.reminders", ANA))
    begin(actions.run_now("mail.reminders", ANA).run_id)
    new = Run.objects.get(pk=actions.retry(old, ANA).run_id)
    assert (new.state, new.ready_at) == ("READY", None)


def test_the_terms_of_the_failed_run_are_kept():
    schedule("keeps", send_reminders, retry=Retry(attempts=1), timeout=30)
    old = failed_run(actions.run_now("keeps", ANA))
    new = Run.objects.get(pk=actions.retry(old, ANA).run_id)
    assert new.terms == Run.objects.get(pk=old).terms
    assert new.terms["soft_timeout"] == 30


def test_only_what_failed_or_was_cancelled_can_be_run_again():
    waiting = actions.run_now("tidy-morning", ANA)
    with pytest.raises(Refused, match="is READY"):
        actions.retry(waiting.run_id, ANA)
    actions.cancel(waiting.run_id, ANA)
    assert actions.retry(waiting.run_id, ANA).queued
    with pytest.raises(UnknownName, match="no run"):
        actions.retry(uuid.uuid4(), ANA)


def test_discard_settles_with_who_and_why():
    old = failed_run(actions.run_now("tidy-morning", ANA))
    assert actions.discard(old, ANA, "not needed").settled_note == "discarded by Ana: not needed"
    for verb in (actions.discard, actions.retry):
        with pytest.raises(Refused, match="settled already: discarded by Ana: not needed"):
            verb(old, ANA)


def test_cancel_what_waits_and_ask_what_runs():
    waiting = actions.run_now("tidy-morning", ANA)
    assert actions.cancel(waiting.run_id, ANA, "typo").state == "CANCELLED"
    running = begin(actions.run_now("tidy-evening", ANA).run_id)
    asked = actions.cancel(running.run_id, ANA)
    assert (asked.state, asked.cancel_attempt) == ("RUNNING", 1)
    end(running)
    with pytest.raises(Refused, match="is SUCCESSFUL"):
        actions.cancel(running.run_id, ANA)
    assert entries()[-1] == ("run.cancel", False)


def test_code_cancels_by_the_id_of_a_result():
    running = begin(actions.run_now("tidy-evening", ANA).run_id)
    waiting = actions.run_now("tidy-morning", ANA)
    assert rota.cancel(str(waiting.run_id), reason="not needed") is True
    entry = last_entry()
    assert (entry.actor, entry.channel, entry.reason) == ("code", "code", "not needed")
    assert rota.cancel(running.run_id, by="watchdog") is False
    assert last_entry().actor == "watchdog"
    with pytest.raises(Refused, match="is CANCELLED"):
        rota.cancel(waiting.run_id)
    with pytest.raises(InvalidInput, match="expected a run's id, got 'tidy-morning'"):
        rota.cancel("tidy-morning")
    with pytest.raises(UnknownName):
        rota.cancel(uuid.uuid4())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"run": SimpleNamespace(id="x")}, "got a SimpleNamespace. Did you mean its id"),
        ({"attempt": "2"}, "attempt: expected a whole number or None, got '2'"),
        ({"reason": 5}, "reason: expected a text, got 5"),
        ({"by": None}, "by: expected a text, got None"),
    ],
)
def test_code_that_cancels_with_the_wrong_words_is_told(given, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        rota.cancel(**{"run": uuid.uuid4(), **given})


def test_a_cancel_that_names_an_attempt_means_no_other_one():
    running = begin(actions.run_now("tidy-evening", ANA).run_id)
    waiting = actions.run_now("tidy-morning", ANA)
    for run_id in (waiting.run_id, running.run_id):
        with pytest.raises(Refused, match="is at attempt 1, not 2: nothing was cancelled"):
            rota.cancel(run_id, attempt=2)
    assert set(Run.objects.values_list("state", "cancel_attempt")) == {("READY", None), ("RUNNING", None)}
    assert rota.cancel(waiting.run_id, attempt=1) is True
    assert rota.cancel(running.run_id, attempt=1) is False


def test_pause_and_resume_take_any_form_of_the_key_and_keep_old_and_new():
    actions.pause("Mail.Reminders", ANA, "stock take", NOW + timedelta(days=1))
    entry = last_entry()
    assert (entry.verb, entry.subject, entry.reason) == ("schedule.pause", "mail.reminders", "stock take")
    assert (entry.before["paused_by"], entry.after["paused_by"]) == ("", "Ana")
    actions.resume("mail.reminders", ANA)
    with pytest.raises(Refused, match="not paused"):
        actions.resume("mail.reminders", ANA)
    with pytest.raises(UnknownName, match="Did you mean mail"):
        actions.pause("mail.reminder", ANA)
    assert entries() == [
        ("schedule.pause", True), ("schedule.resume", True), ("schedule.resume", False), ("schedule.pause", False),
    ]  # fmt: skip


def test_create_change_and_retire_a_schedule():
    actions.create_schedule(
        "new", "@hourly", send_reminders.module_path, ANA, title="New", kwargs={"days": 1}
    )
    actions.change_schedule("new", ANA, calendar="@daily", reason="too often")
    actions.retire_schedule("new", ANA)
    with pytest.raises(InvalidInput, match="there is no task"):
        actions.create_schedule("other", "@hourly", "no.such.task", ANA)
    assert entries() == [
        ("schedule.create", True), ("schedule.change", True), ("schedule.retire", True), ("schedule.create", False),
    ]  # fmt: skip
    assert last_entry().after["asked"]["task"] == "no.such.task"


def test_held_runs_are_released_or_dropped_once():
    schedule("asks", send_reminders, calendar="0 * * * *", catch_up="ask")
    with clock.frozen(NOW + timedelta(hours=3, minutes=30)):
        plan_due(using="default", now=clock.now("default"))
        held = list(Run.objects.filter(state="HELD").order_by("due_at").values_list("pk", flat=True))
        assert len(held) == 3
        assert actions.release_held(held[:1], ANA) == 1
        assert actions.drop_held(held[1:], ANA, "too late") == 2
        with pytest.raises(Refused, match="decided about them already"):
            actions.drop_held(held, ANA)
    assert list(Run.objects.filter(pk__in=held).order_by("due_at").values_list("state", flat=True)) == [
        "READY", "SKIPPED", "SKIPPED",
    ]  # fmt: skip


def test_the_clock_is_accepted_once():
    with pytest.raises(Refused, match="not halted"):
        actions.accept_clock(ANA)
    write_halt(at=NOW, expected_at=NOW, detail="The clock jumped by a year.", using="default")
    assert actions.accept_clock(ANA, "right") == NOW
    assert Halt.objects.get().accepted_by == "Ana"


def test_prune_keeps_what_it_must_and_is_audited():
    for _ in range(3):
        end(begin(actions.run_now("tidy-morning", ANA).run_id))
    with clock.frozen(NOW + timedelta(days=100)):
        assert actions.prune(ANA).rows == 2
        with pytest.raises(InvalidInput, match="above zero"):
            actions.prune(ANA, older_than=timedelta(0))
    assert last_entry().after["rows"] == 2


def test_what_the_database_refuses_is_rolled_back_and_told(monkeypatch):
    def broken(act, work, using):
        raise DatabaseError("disk full")

    monkeypatch.setattr(audited, "_once", broken)
    with pytest.raises(DatabaseError):
        actions.pause("mail.reminders", ANA)
    assert Schedule.objects.get(key="mail.reminders").paused_at is None
    assert (last_entry().ok, last_entry().after["error"]) == (False, "disk full")


def test_a_lock_that_was_in_the_way_is_tried_again(monkeypatch):
    really, times = audited._once, []

    def locked_once(act, work, using):
        times.append(1)
        if len(times) == 1:
            raise OperationalError("database is locked")
        return really(act, work, using)

    monkeypatch.setattr(audited, "_once", locked_once)
    actions.pause("mail.reminders", ANA)
    assert entries() == [("schedule.pause", True)]
