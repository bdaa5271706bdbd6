"""The story of the last outage: from when to when, and what became of each schedule's instants."""

from __future__ import annotations

from rota.actions import Actor, release_held
from rota.models import Run
from rota.queries import outage, schedules
from tests.queries.conftest import USING, at, plan, process, schedule, work


def told(hours):
    return outage.latest(at(hours), using=USING)


def test_no_outage_no_story():
    schedule("a", "0 * * * *")
    for hour in range(1, 4):
        plan(hour)
    assert told(4) is None


def test_each_schedule_tells_what_was_chosen_for_it():
    schedule("all", catch_up="all", cap=3)
    schedule("ask", catch_up="ask")
    schedule("latest")
    schedule("none", catch_up="none")
    schedule("window", catch_up="latest", window=3600 * 2, calendar="0 13 * * *")
    schedule("calm", "0 8 * * *")
    process("supervisor", since=-5, seen=0.5)
    process("supervisor", since=6.4, seen=6.5)
    plan(6.5)
    story = told(6.5)
    lines = {line.key: line for line in story.lines}
    assert (story.down_from, story.down_until) == (at(0.5), at(6.4))
    assert sorted(lines) == ["all", "ask", "latest", "none", "window"]

    def counts(key):
        line = lines[key]
        return line.recovered, line.superseded, line.skipped, line.missed, line.held

    assert counts("all") == (3, 0, 0, 3, 0)
    assert counts("ask") == (0, 0, 0, 0, 6)
    assert counts("latest") == (1, 5, 0, 0, 0)
    assert counts("none") == (0, 0, 6, 0, 0)
    assert counts("window") == (0, 0, 0, 1, 0)
    assert lines["window"].reasons == [(1, "Due longer ago than the catch-up window of 2 h reaches.")]
    assert lines["all"].reasons == [(3, "More were due than are made up for at once (3).")]
    assert story.total("instants") == sum(line.instants for line in story.lines) == 25


def test_the_last_outage_is_told_and_not_the_one_before():
    schedule("a", catch_up="all")
    plan(3.5)
    work(3.5)
    plan(4)
    plan(9.5)
    story = told(10)
    assert story.total("recovered") == 5
    assert story.down_until == at(9.5)
    assert schedules.overview(at(10), using=USING)[0].outage == story.lines[0]


def test_a_held_run_that_was_released_counts_as_recovered():
    schedule("ask", catch_up="ask")
    plan(3.5)
    held = list(Run.objects.filter(state="HELD").values_list("pk", flat=True))
    release_held(held[:1], Actor("Ana"))
    assert (told(4).total("recovered"), told(4).total("held")) == (1, 2)


def test_it_is_few_queries(django_assert_max_num_queries):
    schedule("a")
    plan(5.5)
    with django_assert_max_num_queries(4):
        told(6)
