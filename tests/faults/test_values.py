"""H1 to H4, H9: exceptions, results, texts and arguments that no database takes as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from rota.models import Outcome, State
from rota.policies import retry
from tests.faults.conftest import StartHost, ask, ended, outcomes, state, until, witness
from tests.faults.values import CLEAN, ERRORS, RESULTS

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

BOUND = 70_000
"""Characters of a stored text at most, with what marks the gap."""


def test_an_exception_may_be_as_odd_as_it_likes(start: StartHost, witnessed: Path) -> None:
    runs = {how: ask("values.fail", how) for how in ["deep", *ERRORS]}
    after = ask("work.note", "after")
    supervisor = start()
    until(ended(*runs.values(), after))
    assert " died: " not in supervisor.log
    for how, run in runs.items():
        assert (state(run), outcomes(run)) == (State.FAILED, [Outcome.FAILED]), how
        attempt = run.attempts.get()
        assert attempt.error_class and len(attempt.error) < BOUND and len(attempt.traceback) < BOUND, how
    assert state(after) == State.SUCCESSFUL
    texts = {how: run.attempts.get() for how, run in runs.items()}
    assert texts["deep"].error_class == "builtins.RecursionError"
    assert texts["mute"].error == "(its text cannot be shown: __str__ raised RuntimeError)"
    assert texts["leaving"].error == "(its text cannot be shown: __str__ raised SystemExit)"
    assert texts["odd text"].error == CLEAN and CLEAN in texts["odd text"].traceback
    assert texts["misnamed"].error_class == f"mod{CLEAN}.Misnamed"
    assert "the innermost" in texts["long chain"].traceback or "number 199" in texts["long chain"].traceback
    assert texts["wide group"].error_class == "builtins.ExceptionGroup"
    assert "and 985 more exceptions" in texts["wide group"].traceback


def test_a_result_that_is_no_json_is_still_a_success(start: StartHost, witnessed: Path) -> None:
    runs = {kind: ask("values.result", kind, retry=retry(attempts=3, first_wait=0)) for kind in RESULTS}
    after = ask("work.note", "after")
    supervisor = start()
    until(ended(*runs.values(), after))
    assert " died: " not in supervisor.log
    for kind, run in runs.items():
        assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED]), kind
    # Storing a result never repeats a task.
    assert sorted(witness(witnessed)) == sorted([f"{kind} START" for kind in RESULTS] + ["after START"])
    assert runs["odd text"].result == CLEAN
    assert runs["odd key"].result == {CLEAN: [CLEAN, {"in": CLEAN}]}
    for kind, name in {
        "nan": "float", "infinity": "list", "cyclic": "list", "decimal": "Decimal", "bytes": "bytes",
        "generator": "generator", "awkward": "Awkward", "enormous number": "int", "deep": "list", "huge": "str",
    }.items():  # fmt: skip
        assert runs[kind].result["rota:unserialisable"] == name, kind
        assert runs[kind].result["why"], kind
    assert "50000002 bytes, more than MAX_BYTES = 262144" in runs["huge"].result["why"]


def test_what_a_task_prints_is_kept_as_far_as_it_can_be(start: StartHost, witnessed: Path) -> None:
    run, failing, flood = ask("values.say", "this"), ask("values.fail", "odd text"), ask("values.flood", 1024)
    supervisor = start()
    until(ended(run, failing, flood))
    assert (state(run), outcomes(run)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    log = run.attempts.get().log
    assert f"printed this {CLEAN}\n" in log
    assert f"WARNING project.values: logged this {CLEAN}\n" in log
    assert "'%d is no number' (cannot be formatted: " in log
    # The operator's own log has its line too.
    assert "UnicodeEncodeError" not in supervisor.log
    told = [line for line in supervisor.log.splitlines() if f"values.fail[{failing.pk}] failed" in line]
    assert len(told) == 1 and "nul \\x00, half a pair \\ud800, emoji" in told[0]
    # A gigabyte of prints.
    assert (state(flood), outcomes(flood)) == (State.SUCCESSFUL, [Outcome.SUCCEEDED])
    log = flood.attempts.get().log
    assert log.startswith("the beginning\n") and log.endswith("the end\n") and len(log) < BOUND
    assert f"… {2**30 + 22 - 65536} characters left out …" in log
    assert supervisor.output.stat().st_size < 100_000


def test_arguments_that_no_longer_fit_fail_before_the_body(start: StartHost, witnessed: Path) -> None:
    # Runs that were planned for the code of yesterday.
    runs = [
        ask("values.typed", kwargs={"text": "too few"}),
        ask("values.typed", 1, 2, kwargs={"text": "too many"}),
        ask("values.typed", 1, kwargs={"text": "named", "gone": True}),
        ask("values.typed", 1),
    ]
    after = ask("values.typed", 2, kwargs={"text": "fits"})
    start()
    until(ended(*runs, after))
    for run in runs:
        assert (state(run), outcomes(run)) == (State.FAILED, [Outcome.FAILED]), run.kwargs
        assert run.attempts.get().error_class == "builtins.TypeError"
        assert "typed()" in run.attempts.get().error
    assert witness(witnessed) == ["fits START"]
    assert (state(after), after.result) == (State.SUCCESSFUL, "fitsfits")
