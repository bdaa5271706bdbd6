"""Run now: one run, at once, recorded with who and why; the schedule's own plan is not changed."""

from __future__ import annotations

import pytest
from django.db import transaction

from rota.actions import pause, retire_schedule, run_now
from rota.exceptions import InvalidArguments, InvalidInput, Refused, UnknownName
from rota.models import AuditEntry, Cursor, Run, Schedule
from rota.schedules import commands
from tests.actions.conftest import ANA, NOW, begin, end, schedule, send_reminders


def test_it_queues_one_run_with_the_stored_arguments():
    cursor = Cursor.objects.values().get(schedule__key="mail.reminders")
    receipt = run_now("mail.reminders", ANA, reason="customer asked")
    run = Run.objects.get()
    assert (receipt.run_id, receipt.key, receipt.state, receipt.queued) == (
        run.pk,
        "mail.reminders",
        "READY",
        True,
    )
    assert (run.kwargs, run.origin, run.requested_by, run.version) == ({"days": 3}, "manual", "Ana", 1)
    assert run.due_at is None
    assert run.ready_at == NOW
    assert f"{receipt.next_run:%d %H:%M}" == "11 08:00"
    assert Cursor.objects.values().get(schedule__key="mail.reminders") == cursor
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject, entry.actor, entry.ip, entry.reason, entry.ok) == (
        "TASK_EXECUTION_STARTED", "mail.reminders", "Ana", "10.1.4.7", "customer asked", True,
    )  # fmt: skip
    assert entry.after["run_id"] == str(run.pk)


@pytest.mark.parametrize(
    "name",
    ["mail.reminders", "MAIL.Reminders", "send_reminders", "send-reminders", send_reminders.module_path],
)
def test_names_that_mean_the_schedule(name):
    assert run_now(name, ANA).key == "mail.reminders"


def test_a_key_wins_over_a_task_of_the_same_name():
    schedule("tidy_up", send_reminders)
    assert run_now("tidy-up", ANA).task_path == send_reminders.module_path


def test_a_task_without_a_schedule_runs_by_itself():
    receipt = run_now("alone", ANA, kwargs={"page": 4})
    run = Run.objects.get(pk=receipt.run_id)
    assert (receipt.key, run.schedule, run.kwargs, run.gate_key) == ("", None, {"page": 4}, "")


def test_a_task_on_several_schedules_is_refused_with_their_keys():
    with pytest.raises(Refused, match="tidy-evening, tidy-morning"):
        run_now("tidy_up", ANA)


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    with pytest.raises(UnknownName, match="Unknown task: mail") as caught:
        run_now("mail.remindres", ANA)
    assert caught.value.suggestions[0] == "mail.reminders"
    assert "tidy-evening" in str(caught.value)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject, entry.ok) == ("TASK_EXECUTION_FAILED", "mail.remindres", False)


def test_arguments_go_over_the_stored_ones_and_are_checked():
    receipt = run_now("mail.reminders", ANA, kwargs={"who": "ana"})
    assert receipt.kwargs == {"days": 3, "who": "ana"}
    for wrong in ({"dayz": 1}, {"days": "seven"}, {"days": 2**70}, {"who": {1}}):
        with pytest.raises(InvalidArguments):
            run_now("mail.reminders", ANA, kwargs=wrong)
    assert Run.objects.count() == 1
    assert AuditEntry.objects.filter(ok=False).count() == 4


def test_positional_arguments_stand_for_the_stored_ones():
    schedule("pages", send_reminders, args=[1])
    assert run_now("pages", ANA, args=[2, "bo"]).args == [2, "bo"]


def test_a_dry_run_queues_nothing_and_is_audited_as_one():
    receipt = run_now("mail.reminders", ANA, kwargs={"days": 1}, dry_run=True)
    assert (receipt.run_id, receipt.dry_run, receipt.queued, receipt.kwargs) == (
        None,
        True,
        False,
        {"days": 1},
    )
    assert not Run.objects.exists()
    assert AuditEntry.objects.get().after["dry_run"] is True


def test_the_same_idempotency_key_is_the_same_run():
    first = run_now("mail.reminders", ANA, idempotency_key="form-1")
    again = run_now("mail.reminders", ANA, idempotency_key="form-1")
    assert (first.replayed, again.replayed, again.run_id) == (False, True, first.run_id)
    assert Run.objects.count() == 1
    with pytest.raises(Refused, match="used for something else"):
        run_now("tidy-morning", ANA, idempotency_key="form-1")
    with pytest.raises(InvalidInput, match="1 to 200"):
        run_now("tidy-morning", ANA, idempotency_key="x" * 201)


def test_overlap_is_said_at_once():
    first = run_now("mail.reminders", ANA)
    begin(first.run_id)
    second = run_now("mail.reminders", ANA)
    assert (second.state, second.reason, second.queued) == ("SKIPPED", "overlap", False)
    assert str(first.run_id) in second.detail


def test_after_the_first_has_ended_the_next_may_run():
    first = run_now("mail.reminders", ANA)
    end(begin(first.run_id))
    assert run_now("mail.reminders", ANA).state == "READY"
    assert Run.objects.filter(state="READY", ready_at__isnull=False).count() == 1


def test_a_paused_and_a_manual_only_schedule_may_run_by_hand_a_retired_one_not():
    pause("mail.reminders", ANA)
    assert run_now("mail.reminders", ANA).next_run is None
    schedule("never", send_reminders, calendar="0 0 31 2 *")
    assert run_now("never", ANA).queued
    retire_schedule("tidy-morning", ANA)
    with pytest.raises(Refused, match="retired"):
        run_now("tidy-morning", ANA)


def test_a_commands_options_are_given_like_arguments():
    schedule("sessions", commands.command("clearsessions", verbosity=1))
    receipt = run_now("sessions", ANA, kwargs={"verbosity": 2})
    assert receipt.kwargs == {"name": "clearsessions", "args": [], "options": {"verbosity": 2}}
    with pytest.raises(InvalidArguments, match="Did you mean verbosity"):
        run_now("sessions", ANA, kwargs={"verbostiy": 2})


def test_a_task_this_process_lacks_runs_only_with_what_is_stored():
    Schedule.objects.filter(key="mail.reminders").update(
        task_path="gone.tasks.f",
        definition={"task_path": "gone.tasks.f", "calendar": "0 8 * * * UTC", "kwargs": {"a": 1}},
    )
    with pytest.raises(Refused, match="cannot be checked"):
        run_now("mail.reminders", ANA, kwargs={"a": 2})
    assert run_now("mail.reminders", ANA).kwargs == {"a": 1}


def test_it_belongs_to_the_callers_transaction():
    with transaction.atomic():
        run_now("mail.reminders", ANA)
        transaction.set_rollback(True)
    assert not Run.objects.exists()
    assert not AuditEntry.objects.exists()
    with transaction.atomic():
        receipt = run_now("mail.reminders", ANA)
    assert Run.objects.get(pk=receipt.run_id).ready_at is not None
