"""What is registered and declared, what is found by its path, and what is loaded from where."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

import rota
from rota.exceptions import InvalidInput, UnknownName
from rota.policies import Terms
from rota.schedules import known, registry
from tests.project import tasks


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """What a test declares is gone after it."""
    with registry.apart():
        yield


def test_a_stock_task_is_registered_when_it_is_made() -> None:
    assert registry.known_tasks()["tests.project.tasks.add"] is tasks.add


def test_a_variant_does_not_replace_the_task() -> None:
    tasks.add.using(priority=50)
    assert registry.resolve("tests.project.tasks.add") is tasks.add


def test_terms_belong_to_the_task_however_it_is_varied() -> None:
    assert registry.terms_for("tests.project.tasks.pay") == Terms(at_most_once=True)
    assert registry.terms_for("tests.project.tasks.add") == Terms()


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Callable[[str, str], None]]:
    """An installed app `freshapp`, whose modules a test writes."""
    write(tmp_path, "freshapp/__init__.py", "")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "freshapp"]
    yield lambda name, text: write(tmp_path / "freshapp", name, text)
    for module in [name for name in sys.modules if name.partition(".")[0] == "freshapp"]:
        del sys.modules[module]


TASK = "from rota.compat import task\n@task\ndef tidy(): pass\ndef helper(): pass\n"


def test_a_path_is_found_by_importing_a_module_of_an_installed_app(app: Callable[[str, str], None]) -> None:
    app("jobs.py", TASK)
    found = registry.resolve("freshapp.jobs.tidy")
    assert found is not None and found.name == "tidy"


def test_a_function_that_is_no_task_is_not_found(app: Callable[[str, str], None]) -> None:
    app("jobs.py", TASK)
    assert registry.resolve("freshapp.jobs.helper") is None


def test_a_module_that_breaks_is_told_in_the_log_once(
    app: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    app("jobs.py", "raise RuntimeError('broken on purpose')")
    assert registry.resolve("freshapp.jobs.tidy") is None
    assert registry.resolve("freshapp.jobs.tidy") is None
    assert [record.getMessage() for record in caplog.records] == [
        "The module of the task freshapp.jobs.tidy cannot be imported."
    ]
    assert "broken on purpose" in caplog.text


def test_nothing_outside_the_installed_apps_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "stranger.py", "def run(): pass")
    monkeypatch.syspath_prepend(str(tmp_path))
    for path in ("stranger.run", "os.system", "freshapp_not.jobs.tidy", "x", "", ".."):
        assert registry.resolve(path) is None
    assert "stranger" not in sys.modules


def test_load_imports_the_tasks_module_of_every_app(app: Callable[[str, str], None]) -> None:
    app("tasks.py", TASK + "import rota\nrota.schedule('fresh', 'every 5 minutes', tidy)\n")
    registry.load()
    registry.load()
    assert registry.declarations()["fresh"].origin == "freshapp.tasks:6"


def test_an_app_without_tasks_is_no_problem(app: Callable[[str, str], None]) -> None:
    assert apps.is_installed("freshapp")
    registry.load()


def test_a_tasks_module_that_does_not_import_is_named(app: Callable[[str, str], None]) -> None:
    app("tasks.py", "import a_module_that_is_missing")
    with pytest.raises(
        InvalidInput, match=r"freshapp\.tasks cannot be imported: ModuleNotFoundError: .*missing"
    ):
        registry.load()


def test_every_problem_of_loading_is_told(app: Callable[[str, str], None], settings: Any) -> None:
    app("tasks.py", "1 / 0")
    settings.ROTA = {"SCHEDULES": {"a": {"task": "nowhere"}, "b": {"task": "x.y", "calendar": "@daily"}}}
    told = [str(problem) for problem in registry.loading()]
    assert len(told) == 3
    assert "ZeroDivisionError" in told[0]


def test_a_key_is_declared_once(app: Callable[[str, str], None]) -> None:
    app("tasks.py", TASK + "import rota\nrota.schedule('one.key', '@daily', tidy)\n")
    registry.load()
    with pytest.raises(
        InvalidInput, match=r"'one\.key' is declared twice: at freshapp\.tasks:6 and at .*test_reg.*:\d+"
    ):
        rota.schedule("one.key", "@hourly", tasks.urgent)


@pytest.mark.parametrize("twin", ["One.Key-x", "one.key_x", "ONE.KEY-X"])
def test_a_key_that_differs_only_in_case_or_dashes_is_refused(twin: str) -> None:
    rota.schedule("one.key-x", "@daily", tasks.urgent)
    with pytest.raises(InvalidInput, match="keys must differ in more"):
        rota.schedule(twin, "@daily", tasks.urgent)


def test_the_same_key_twice_on_one_line_with_another_calendar_is_refused() -> None:
    def declare(calendar: str) -> None:
        rota.schedule("looped", calendar, tasks.urgent)

    declare("@daily")
    declare("@daily")
    with pytest.raises(InvalidInput, match="declared twice"):
        declare("@hourly")


def test_what_the_settings_declare_follows_the_settings(settings: Any) -> None:
    entry = {
        "task": "tests.project.tasks.add",
        "calendar": "0 3 * * *",
        "kwargs": {"a": 1, "b": 2},
        "category": "sums",
    }
    settings.ROTA = {"SCHEDULES": {"nightly": entry}}
    registry.load()
    nightly = registry.declarations()["nightly"]
    assert nightly.origin == "settings.ROTA['SCHEDULES']['nightly']"
    assert (nightly.category, nightly.definition.kwargs) == ("sums", {"a": 1, "b": 2})
    settings.ROTA = {"SCHEDULES": {"nightly": {**entry, "calendar": "@hourly"}}}
    registry.load()
    assert registry.declarations()["nightly"].definition.calendar == "0 * * * * UTC"
    settings.ROTA = {}
    registry.load()
    assert "nightly" not in registry.declarations()


def test_settings_may_schedule_a_command(settings: Any) -> None:
    entry = {
        "command": "run_addition_task",
        "calendar": "every 60 seconds",
        "kwargs": {"x": 10, "verbose": True},
    }
    settings.ROTA = {"SCHEDULES": {"addition": entry}}
    registry.load()
    definition = registry.declarations()["addition"].definition
    assert definition.kwargs == {
        "name": "run_addition_task",
        "args": [],
        "options": {"x": 10, "verbose": True},
    }


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("@daily", "expected a dict, got '@daily'"),
        ({"calendar": "@daily"}, "either 'task' or 'command'"),
        ({"task": "tests.project.tasks.urgent"}, "expected 'calendar'"),
        ({"task": "tests.project.tasks.urgent", "command": "check", "calendar": "@daily"}, "either"),
        ({"task": 5, "calendar": "@daily"}, "expected 'task' to be a path"),
        (
            {"task": "tests.project.tasks.urgent", "calendar": "@daily", "catchup": "all"},
            "Did you mean catch_up",
        ),
        ({"command": "shell", "calendar": "@daily"}, "may not run as a task"),
        ({"command": "check", "calendar": "@daily", "kwargs": [1]}, "kwargs a dict"),
    ],
)
def test_a_wrong_entry_of_the_settings_is_a_sentence(settings: Any, entry: Any, says: str) -> None:
    settings.ROTA = {"SCHEDULES": {"nightly": entry}}
    with pytest.raises(InvalidInput) as caught:
        registry.load()
    assert says in str(caught.value)
    assert "nightly" in str(caught.value) or "rota.command" in str(caught.value)


def test_an_unknown_task_in_the_settings_comes_with_the_nearest(settings: Any) -> None:
    settings.ROTA = {"SCHEDULES": {"sum": {"task": "tests.project.tasks.ad", "calendar": "@daily"}}}
    with pytest.raises(UnknownName, match=r"Did you mean tests\.project\.tasks\.add"):
        registry.load()


def test_nothing_is_left_of_what_was_declared_apart() -> None:
    with registry.apart():
        rota.schedule("passing", "@daily", tasks.urgent)
        known.set_terms("tests.project.tasks.urgent", Terms(at_most_once=True))
        assert "passing" in registry.declarations()
    assert "passing" not in registry.declarations()
    assert registry.terms_for("tests.project.tasks.urgent") == Terms()
