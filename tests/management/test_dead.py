"""`rota dead`: dead letters by what they have in common."""

from __future__ import annotations

import pytest

from rota.models import AuditEntry, Run
from tests.management.conftest import rota
from tests.management.test_acting import dead_letter

pytestmark = pytest.mark.usefixtures("project")


def test_list_and_show():
    run = dead_letter()
    for words in (
        [],
        ["list"],
        ["list", "--error", "ValueError", "--schedule", "FAILS", "--queue", "default"],
    ):
        answer = rota("dead", *words)
        assert (answer.code, run in answer.out, "builtins.ValueError: no" in answer.out) == (0, True, True), (
            words
        )
    assert rota("dead", "--json", "--task", "fail").json[0]["id"] == run
    assert "No failed runs" in rota("dead", "--error", "KeyError").out
    assert run in rota("dead", "show", run[:30]).out
    assert rota("dead", "show").code == 2
    assert rota("dead", "show", "0123456789").code == 3


def test_groups():
    dead_letter()
    newest = dead_letter()
    answer = rota("dead", "groups")
    assert all(text in answer.out for text in ("2026-03-10", "builtins.ValueError", newest))
    (group,) = rota("dead", "groups", "--json").json
    assert (group["count"], group["error_class"], group["example"]) == (2, "builtins.ValueError", newest)
    assert "No failed runs" in rota("dead", "groups", "--since", "2030-01-01").out


def test_retry_looks_asks_and_acts_once():
    for _ in range(3):
        dead_letter()
    looked = rota("dead", "retry", "--task", "fail", "--dry-run", "--limit", "2")
    assert "Run again 2 runs, of 3 that match. Nothing was done." in looked.out
    assert rota("dead", "retry", "--dry-run", "--json").json == {"matching": 3, "limit": 1000}
    asked = rota("dead", "retry")
    assert (asked.code, "Run again 3 runs? Nobody can be asked" in asked.err) == (2, True)
    assert Run.objects.count() == 3
    words = ("--limit", "2", "--per-minute", "60", "--yes", "--as", "Ana", "--reason", "supplier is back")
    done = rota("dead", "retry", *words)
    assert "Run again: 2 runs. 1 more match." in done.out
    told = rota("dead", "retry", *words, "--json").json
    assert (told["done"], told["left"], len(told["new"])) == (1, 0, 1)
    assert "No failed runs" in rota("dead", "retry", "--yes").out
    entries = AuditEntry.objects.filter(verb="runs.retry")
    assert {(one.actor, one.reason, one.after["per_minute"]) for one in entries} == {
        ("Ana", "supplier is back", 60)
    }


def test_discard_wants_a_reason():
    dead_letter()
    answer = rota("dead", "discard", "--yes")
    assert (answer.code, "--reason" in answer.err) == (2, True)
    assert "Discard: 1 run." in rota("dead", "discard", "--yes", "--reason", "old").out
    assert Run.objects.get().settled_note.endswith(": old")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["retry", "0123456789"], 2, "rota retry RUN"),
        (["list", "--limit", "-1"], 2, "at least 1"),
        (["retry", "--limit", "20000", "--yes"], 2, "1 to 10,000"),
        (["retry", "--per-minute", "0", "--yes"], 2, "per minute"),
        (["list", "--since", "soon"], 2, "Expected a time"),
        (["list", "--schedule", "fials"], 3, "Did you mean fails"),
    ],
)
def test_what_it_refuses(words, code, sentence):
    dead_letter()
    answer = rota("dead", *words)
    assert (answer.code, sentence in answer.err) == (code, True), answer
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--limit", "100000"], "limit: expected a number from 1 to 10,000"),
        (["--per-minute", "0"], "per minute: expected a number from 1"),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(words, sentence):
    dead_letter()
    for last in ([], ["--dry-run"]):
        answer = rota("dead", "retry", *words, *last)
        assert (answer.code, sentence in answer.err) == (2, True), answer


def test_a_filter_that_matches_nothing_does_not_say_that_nothing_waits():
    dead_letter()
    for words in (["dead"], ["dead", "groups"], ["dead", "retry"], ["failed"], ["retry", "--all"]):
        assert "No failed runs that wait for a decision match." in rota(*words, "--task", "nope").out, words


def test_how_many_is_at_least_one():
    for words in (["failed"], ["batch"]):
        assert rota(*words, "-n", "0").code == 2
        assert "-n: expected a number from 1" in rota(*words, "-n", "0").err


def test_a_trail_without_a_match_says_so():
    assert "The trail has no entries yet." in rota("audit").out
    assert "No entry matches." in rota("audit", "--who", "nobody").out
