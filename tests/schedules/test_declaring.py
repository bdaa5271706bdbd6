"""`@rota.task`, `@rota.scheduled`, `rota.schedule` and `rota.command`: what they make, and what they refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

import rota
from rota import timing
from rota.compat import InvalidTask, Task, task
from rota.exceptions import InvalidArguments, InvalidInput, UnknownName
from rota.policies import Retry, Terms
from rota.schedules import calling, commands, registry
from rota.schedules.declaration import Declaration, build
from tests.project import tasks


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test declares is gone after it."""
    with registry.apart():
        yield


def declared(key: str) -> Declaration:
    return registry.declarations()[key]


def sweep() -> None:
    """Sweep the floor.

    Twice.
    """


def test_a_scheduled_task_stays_the_task_it_was() -> None:
    made = task(sweep)
    assert rota.scheduled("sweep", rota.every(minutes=5))(made) is made
    sweeping = declared("sweep")
    assert sweeping.definition.task_path == f"{__name__}.sweep"
    assert sweeping.description == "Sweep the floor."
    assert sweeping.origin.startswith(f"{__name__}:")
    assert (sweeping.title, sweeping.category, sweeping.calendar_from) == ("", "", "")


def test_several_schedules_are_stacked_over_one_task() -> None:
    above = rota.scheduled("sweep.noon", rota.cron("0 12 * * *", "Europe/Madrid"))
    rota.scheduled("sweep.often", "every 5 minutes")(above(task(sweep)))
    assert timing.parse(declared("sweep.noon").definition.calendar) == rota.cron(
        "0 12 * * *", "Europe/Madrid"
    )
    assert timing.parse(declared("sweep.often").definition.calendar) == rota.every(minutes=5)


def test_below_the_task_it_says_where_to_put_it() -> None:
    with pytest.raises(
        InvalidInput, match=r"^'sweep': expected a task, got sweep\. Put @scheduled above @task"
    ):
        task(rota.scheduled("sweep", "@daily")(sweep))


def test_a_calendar_without_a_zone_follows_the_project(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kathmandu"
    rota.schedule("a", rota.cron("0 8 * * *"), tasks.urgent)
    rota.schedule("b", "0 8 * * * Europe/Madrid", tasks.urgent)
    assert timing.parse(declared("a").definition.calendar) == rota.cron("0 8 * * *", "Asia/Kathmandu")
    assert timing.parse(declared("b").definition.calendar) == rota.cron("0 8 * * *", "Europe/Madrid")


def test_policies_are_those_of_the_settings_unless_said(settings: Any) -> None:
    settings.ROTA = {"CATCH_UP": "none", "CATCH_UP_WINDOW": 7200, "CATCH_UP_CAP": 9, "OVERLAP": "queue"}
    rota.schedule("plain", "@daily", tasks.urgent)
    rota.schedule("own", "@daily", tasks.urgent, catch_up="all", window=60, cap=3, overlap="allow", jitter=5)
    plain, own = declared("plain").definition, declared("own").definition
    assert (plain.catch_up, plain.catch_up_window, plain.catch_up_cap, plain.overlap) == (
        "none",
        7200,
        9,
        "queue",
    )
    assert (own.catch_up, own.catch_up_window, own.catch_up_cap, own.overlap) == ("all", 60, 3, "allow")
    assert (plain.jitter, own.jitter, plain.critical) == (0.0, 5.0, False)


def test_a_critical_schedule_has_no_window_unless_said() -> None:
    rota.schedule("a", "@daily", tasks.urgent, critical=True)
    rota.schedule("b", "@daily", tasks.urgent, critical=True, window=timedelta(hours=2))
    rota.schedule("c", "@daily", tasks.urgent, window=None)
    assert [declared(key).definition.catch_up_window for key in "abc"] == [None, 7200.0, None]
    assert declared("a").definition.critical


def test_the_tasks_own_terms_hold_where_the_schedule_says_nothing() -> None:
    rota.schedule("same", "@daily", tasks.fragile)
    rota.schedule("other", "@daily", tasks.fragile, retry=None, timeout=timedelta(minutes=5), priority=9)
    assert declared("same").definition.terms == registry.terms_for("tests.project.tasks.fragile")
    assert declared("same").definition.priority == 5
    assert declared("other").definition.terms == Terms(soft_timeout=300, hard_timeout=310)
    assert declared("other").definition.priority == 9


def test_a_schedule_of_a_retried_task_cannot_be_at_most_once_by_accident() -> None:
    with pytest.raises(InvalidInput, match="contradict each other"):
        rota.schedule("once", "@daily", tasks.fragile, at_most_once=True)
    rota.schedule("once", "@daily", tasks.fragile, at_most_once=True, retry=None)
    assert declared("once").definition.terms.max_attempts == 1


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "got ''"),
        ("a" * 201, "expected at most 200 characters, got 201"),
        ("a" * 300, "expected at most 200 characters, got 300"),
        (".hidden", "letters"),
        ("with space", "letters"),
        ("ünïcode", "letters"),
        ("line\n", "letters"),
        (None, "got None"),
        (7, "got 7"),
    ],
)
def test_a_wrong_key_is_a_sentence(key: Any, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rota.schedule(key, "@daily", tasks.urgent)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_key_of_200_characters_is_right() -> None:
    rota.schedule("a" * 200, "@daily", tasks.urgent)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"catch_up": "lastest"}, "Did you mean latest?"),
        ({"catch_up": None}, "one of none, latest, all, ask"),
        ({"overlap": "cancel_running"}, "Did you mean cancel-running?"),
        ({"window": 0}, "window to be a timedelta or seconds, more than 0, got 0"),
        ({"window": "1h"}, "window"),
        ({"cap": 0}, "whole number from 1"),
        ({"cap": True}, "got True"),
        ({"critical": "yes"}, "True or False"),
        ({"jitter": -1}, "at least 0"),
        ({"priority": 101}, "-100 to 100"),
        ({"retry": 3}, "rota.retry(...)"),
        ({"timeout": 0}, "timeout to be a timedelta or seconds, more than 0, got 0"),
        ({"timeout": float("nan")}, "got nan"),
        (
            {"timeout": 60, "hard_timeout": 30},
            "expected hard_timeout to be at least timeout (60 s), got 30 s",
        ),
        ({"at_most_once": 1}, "True or False"),
        ({"title": "x" * 201}, "at most 200 characters, got 201"),
        ({"category": 5}, "category"),
        ({"description": "a\x00"}, "description"),
        ({"catchup": "all"}, "unknown option 'catchup'. Did you mean catch_up"),
        ({"args": "ab"}, "args to be a list"),
        ({"kwargs": [1]}, "kwargs a dict"),
    ],
)
def test_a_wrong_option_is_a_sentence_that_names_the_schedule(options: Any, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rota.schedule("wrong", "@daily", tasks.take_all, **options)
    assert says in str(caught.value)
    assert "'wrong'" in str(caught.value)
    assert "wrong" not in registry.declarations()


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        ("99 * * * *", "99"),
        ("0 8 * * * Europe/Madird", "Europe/Madrid"),
        ("every 5 minuts", "minutes"),
        (5, "expected a calendar"),
        (None, "expected a calendar"),
    ],
)
def test_a_wrong_calendar_is_a_sentence(calendar: Any, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rota.schedule("wrong", calendar, tasks.urgent)
    assert says in str(caught.value) and str(caught.value).startswith("'wrong': ")


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((), {}, "missing a required argument: 'day'"),
        (("2026-01-31",), {"day_to_keep": 7}, "Did you mean days_to_keep"),
        (
            ("2026-01-31",),
            {"days_to_keep": "seven"},
            "argument 'days_to_keep': input should be a valid integer, got 'seven'",
        ),
        (("2026-01-31",), {"days_to_keep": True}, "got True"),
        (("31 January",), {}, "argument 'day'"),
        (("2026-01-31",), {"tags": ["a", 5]}, "argument 'tags'[1]: input should be a valid string, got 5"),
        ((dt.date(2026, 1, 31),), {}, "isoformat"),
    ],
)
def test_arguments_are_checked_when_declared(args: Any, kwargs: Any, says: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        rota.schedule("report", "@daily", tasks.report, args=args, kwargs=kwargs)
    assert says in str(caught.value) and str(caught.value).startswith("'report': ")


def test_arguments_that_fit_are_kept_as_json() -> None:
    rota.schedule(
        "report", "@daily", tasks.report, args=("2026-01-31",), kwargs={"tags": ("a", "b"), "ratio": 2}
    )
    definition = declared("report").definition
    assert (definition.args, definition.kwargs) == (["2026-01-31"], {"tags": ["a", "b"], "ratio": 2})


def test_annotations_that_cannot_be_read_refuse_nothing() -> None:
    def unread(value: Any) -> None: ...

    unread.__annotations__ = {"value": "OnlyForTheTypeChecker"}
    unread.__qualname__ = "unread"
    build("unread", "@daily", Task(func=unread), args=(object.__name__,))
    unread.__annotations__ = {"value": Declaration | type(registry)}
    build("unread", "@daily", Task(func=unread), args=("anything",))


# rota.task


def test_bare_and_with_arguments_it_makes_a_stock_task() -> None:
    assert type(tasks.plain) is type(tasks.add)
    assert registry.terms_for("tests.project.tasks.plain") == Terms()
    assert (tasks.fragile.priority, tasks.fragile.queue_name) == (5, "default")
    assert registry.terms_for("tests.project.tasks.fragile") == Terms(
        retry=Retry(attempts=3, first_wait=30, only=("builtins.ValueError",)),
        soft_timeout=60,
        hard_timeout=70,
    )


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"timeout": 0}, "more than 0, got 0"),
        ({"timeout": timedelta(seconds=-1)}, "more than 0"),
        ({"hard_timeout": "1m"}, "hard_timeout to be a timedelta or seconds"),
        ({"timeout": 60, "hard_timeout": 59}, "at least timeout"),
        ({"retry": 3}, "rota.retry(...)"),
        ({"retry": rota.retry(), "at_most_once": True}, "contradict each other"),
    ],
)
def test_impossible_terms_are_a_sentence(terms: Any, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rota.task(**terms)(sweep)
    assert says in str(caught.value)
    assert str(caught.value).startswith("@rota.task sweep: ")


def test_only_a_hard_timeout_sets_no_soft_one() -> None:
    rota.task(hard_timeout=5)(sweep)
    assert registry.terms_for(f"{__name__}.sweep") == Terms(hard_timeout=5)


def nested() -> Any:
    def inner() -> None: ...

    return inner


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda: None, "got a lambda"),
        (nested(), "got the nested function inner"),
        (print, "expected a function"),
        (3, "got 3"),
    ],
)
def test_what_a_worker_could_not_import_is_refused(function: Any, says: str) -> None:
    with pytest.raises(InvalidTask, match=says):
        rota.task(function) if callable(function) else rota.task()(function)


# rota.command


def test_a_command_is_a_task_on_a_schedule() -> None:
    rota.schedule(
        "addition", rota.every(seconds=60), rota.command("run_addition_task", x=10, y=20, verbose=True)
    )
    definition = declared("addition").definition
    assert definition.task_path == commands.TASK_PATH
    assert definition.kwargs == {
        "name": "run_addition_task",
        "args": [],
        "options": {"x": 10, "y": 20, "verbose": True},
    }
    assert declared("addition").description == "manage.py run_addition_task --x=10 --y=20 --verbose=True"
    commands.require("run_addition_task")


@pytest.mark.parametrize(
    "name",
    ["shell", "dbshell", "flush", "migrate", "loaddata", "createsuperuser", "runserver", "test", "rota"],
)
def test_some_commands_are_never_tasks(name: str) -> None:
    with pytest.raises(InvalidInput, match="may not run as a task"):
        rota.command(name)
    with pytest.raises(InvalidInput):
        commands.require(name)
    with pytest.raises(InvalidInput):
        build("sly", "@daily", commands.Command(name))


def test_a_command_that_is_not_declared_may_not_run() -> None:
    rota.command("run_addition_task", x=1)
    with pytest.raises(UnknownName, match="is not declared with"):
        build("sly", "@daily", commands.Command("clearsessions"))


def test_the_task_behind_commands_is_no_way_around() -> None:
    with pytest.raises(InvalidInput, match=r"with rota\.command"):
        build("sly", "@daily", commands.TASK_PATH, kwargs={"name": "run_addition_task"})


def test_the_options_of_a_command_must_be_json() -> None:
    with pytest.raises(InvalidArguments, match=r"'dated': .*isoformat"):
        rota.schedule("dated", "@daily", rota.command("run_addition_task", x=dt.date(2026, 1, 1)))


def test_arguments_of_a_command_belong_to_the_command() -> None:
    with pytest.raises(InvalidInput, match=r"belong into rota\.command"):
        rota.schedule("twice", "@daily", rota.command("run_addition_task", x=1), kwargs={"y": 2})


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (
            commands.Command("run_adition_task"),
            "no management command 'run_adition_task'. Did you mean run_addition_task",
        ),
        (
            commands.Command("run_addition_task", options={"x": 1, "verbos": True}),
            "no option 'verbos'. Did you mean verbose",
        ),
        (commands.Command("copy_files", ("1",)), "needs the argument 'sources'"),
        (
            commands.Command("copy_files", ("1",), {"number": 2, "sources": "a"}),
            "the argument 'number' twice",
        ),
    ],
)
def test_a_command_that_cannot_be_called_is_a_sentence(wanted: commands.Command, says: str) -> None:
    assert says in calling.problem(wanted)
    with pytest.raises(InvalidInput):
        calling.arranged(wanted)


@pytest.mark.parametrize(
    ("wanted", "prints"),
    [
        (commands.Command("run_addition_task", options={"x": 10, "y": 20}), "30\n"),
        (commands.Command("run_addition_task", ("--x", 10)), "10\n"),
        (commands.Command("copy_files", (5, "a", "b")), "5 a,b\n"),
        (commands.Command("copy_files", options={"number": 5, "sources": ["a", "b"]}), "5 a,b\n"),
        (commands.Command("copy_files", (5,), {"sources": "a", "verbosity": 0}), "5 a\n"),
    ],
)
def test_arguments_may_be_given_by_name(wanted: commands.Command, prints: str, capsys: Any) -> None:
    assert calling.problem(wanted) == ""
    args, options = calling.arranged(wanted)
    call_command(wanted.name, *args, **options)
    assert capsys.readouterr().out == prints
