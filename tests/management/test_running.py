"""Kinds of workers on the command line, in the environment, in the settings: who wins, what is refused."""

from __future__ import annotations

import pytest
from django.test import override_settings

from rota.exceptions import InvalidInput
from rota.management.running import options_from
from rota.processes.groups import Group
from rota.processes.options import Options

MAIL, REST = Group(queues=("mail",), processes=2, threads=8), Group(asyncio=50)
SETTINGS = {"WORKERS": [{"queues": ["settings"]}]}


@override_settings(ROTA=SETTINGS)
def test_the_command_line_wins_over_the_environment_and_that_over_the_settings() -> None:
    variable = {"ROTA_RUN_WORKERS": "queues=mail processes=2 threads=8; asyncio=50;"}
    texts = {"worker": ["queues=mail processes=2 threads=8", "asyncio=50"]}
    assert options_from({}, {}) == Options(groups=(Group(queues=("settings",)),))
    assert options_from({}, variable) == Options(groups=(MAIL, REST))
    assert options_from(texts, {"ROTA_RUN_PROCESSES": "9"}) == Options(groups=(MAIL, REST))
    assert options_from({"processes": 3}, variable) == Options(processes=3)
    assert options_from({"processes": 3}, {"ROTA_RUN_MAX_TASKS": "7"}) == Options(processes=3, max_tasks=7)
    assert options_from({}, {"ROTA_RUN_ASYNCIO": "5"}) == Options(asyncio=5)


@pytest.mark.parametrize(
    ("given", "environ", "sentence"),
    [
        ({"worker": ["threads=2"], "max_tasks": 5}, {}, "Expected --worker or --max-tasks, got both"),
        (
            {},
            {"ROTA_RUN_WORKERS": "threads=2", "ROTA_RUN_QUEUES": "a"},
            "ROTA_RUN_WORKERS or ROTA_RUN_QUEUES",
        ),
        (
            {"worker": ["threads=2", "thread=2"]},
            {},
            "--worker 2: unknown option 'thread'.*Did you mean threads?",
        ),
        ({}, {"ROTA_RUN_WORKERS": "asyncio=many"}, "ROTA_RUN_WORKERS 1: asyncio: expected a whole number"),
        ({"max_memory": 10, "kill_memory": 5}, {}, "kill_memory: expected at least max_memory"),
        ({"queues": " , "}, {}, "queues: expected names, with commas between them, got ' , '"),
    ],
)
def test_what_contradicts_itself_is_refused(given: dict, environ: dict, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        options_from(given, environ)


@override_settings(ROTA={"WORKERS": [{"queues": ["a"]}, {"prozesses": 2}]})
def test_settings_are_read_as_a_whole() -> None:
    with pytest.raises(InvalidInput, match=r"ROTA\['WORKERS'\], worker 2: unknown option 'prozesses'"):
        options_from({}, {})


@pytest.mark.parametrize("wrong", [{"queues": ["a"]}, ["queues=a"], "mail"])
def test_settings_of_another_shape_are_refused(wrong: object) -> None:
    with override_settings(ROTA={"WORKERS": wrong}), pytest.raises(InvalidInput, match="a list of dicts"):
        options_from({}, {})
