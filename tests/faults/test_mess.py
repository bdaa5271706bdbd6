"""H5 to H8: tasks that leave a mess, close what is not theirs, never stop asking for more, want the ledger's rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from rota import clock
from rota.ledger.enqueue import Order, enqueue
from rota.ledger.integrity import check
from rota.models import Outcome, Run, State
from tests.faults.conftest import (
    USING,
    StartHost,
    ask,
    ended,
    outcomes,
    state,
    until,
    witness,
)

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

OWN_RESPONSIBILITY = {"recursion"}
"""What docs/faults.md leaves to the task."""


def between(start: StartHost, *mess: tuple[Any, ...]) -> tuple[dict[str, Any], dict[str, Any], list[Run]]:
    """What a run finds before and after others made a mess in the same process, one after another."""
    before = ask("mess.report")
    others = [ask(f"mess.{name}", *args) for name, *args in mess]
    after = ask("mess.report")
    supervisor = start()
    until(ended(before, *others, after))
    assert " died: " not in supervisor.log
    assert state(before) == state(after) == State.SUCCESSFUL
    return before.result, after.result, others


def test_a_task_finds_its_process_as_the_first_one_did(start: StartHost, witnessed: Path) -> None:
    before, after, (run,) = between(start, ("change_the_process",))
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= OWN_RESPONSIBILITY, {name: (before[name], after[name]) for name in changed}


def test_a_task_finds_its_connection_as_the_first_one_did(start: StartHost, witnessed: Path) -> None:
    before, after, (run,) = between(start, ("change_the_session", "ghosts"))
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    assert before == after
    assert not Group.objects.exists()


HOWS = ["open", "closed", "broken", "rollback", "raised"]


def test_a_transaction_that_was_left_open_is_rolled_back(start: StartHost, witnessed: Path) -> None:
    """Whatever the task did to it, the next one has a connection that works."""
    runs, looks = {}, []
    for how in HOWS:
        runs[how] = ask("mess.leave_atomic_open", how, how)
        looks.append(ask("mess.groups"))
    runs["django"] = ask("mess.close_the_connection", "django")
    runs["driver"] = ask("mess.close_the_connection", "driver")
    looks.append(ask("mess.groups"))
    supervisor = start()
    until(ended(*runs.values(), *looks))
    for how, run in runs.items():
        expected = Outcome.FAILED if how == "raised" else Outcome.SUCCEEDED
        assert outcomes(run) == [expected], how
    assert [(state(look), look.result) for look in looks] == [(State.SUCCESSFUL, 0)] * 6
    assert not Group.objects.exists()
    assert " died: " not in supervisor.log


def test_a_task_that_closes_every_file_takes_only_its_worker_along(start: StartHost, witnessed: Path) -> None:
    # On SQLite a process that goes on after this may write into the wrong file: there it has to end at once.
    kinds = ["abort"] if connection.vendor == "sqlite" else ["abort", "go on"]
    runs = [ask("mess.close_everything", then, at_most_once=True) for then in kinds]
    supervisor = start()
    until(ended(*runs))
    after = [ask("work.note", f"after {number}") for number in range(3)]
    until(ended(*after))
    assert outcomes(runs[0]) == [Outcome.LOST]
    assert all(outcomes(run) in ([Outcome.LOST], [Outcome.SUCCEEDED], [Outcome.FAILED]) for run in runs)
    assert all((state(run), run.attempt_count) == (State.SUCCESSFUL, 1) for run in after)
    assert all(witness(witnessed).count(f"close {then} START") == 1 for then in kinds)
    assert supervisor.stop() == 0


def test_tasks_that_never_stop_asking_for_more_keep_nobody_waiting(start: StartHost, witnessed: Path) -> None:
    ask("mess.again_and_again")
    supervisor = start(processes=2)
    until(lambda: witness(witnessed).count("again") > 20)
    others = [ask("work.note", f"other {number}") for number in range(20)]
    until(ended(*others))
    many = ask("mess.many", 5_000)
    until(ended(many))
    order = Order(task_path="tests.faults.work.note", args=["important"], priority=10)
    (important,) = enqueue([order], using=USING, now=clock.now(USING))
    until(ended(important))
    for run in [*others, many, important]:
        assert (state(run), run.attempt_count) == (State.SUCCESSFUL, 1)
    assert done("leaf") < 5_000  # it did not wait for those before it
    assert supervisor.stop() in (0, 75)
    # There is one more in the ledger than have run: it can be seen, counted and cancelled.
    assert witness(witnessed).count("again") == done("again_and_again")
    assert Run.objects.filter(state=State.READY, task_path__endswith="again_and_again").count() == 1
    assert check(using=USING, now=clock.now(USING)) == []


def done(name: str) -> int:
    """How many runs of this task have succeeded."""
    return Run.objects.filter(state=State.SUCCESSFUL, task_path__endswith=name).count()


def test_no_lock_of_ours_is_held_while_the_body_runs(start: StartHost, witnessed: Path) -> None:
    runs = [ask("mess.lock_my_row") for _ in range(3)]
    start(processes=2)
    until(ended(*runs))
    assert [(state(run), outcomes(run), run.result) for run in runs] == [
        (State.SUCCESSFUL, [Outcome.SUCCEEDED], "RUNNING")
    ] * 3
