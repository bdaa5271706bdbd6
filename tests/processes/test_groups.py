"""Kinds of workers: what people may say, what is refused, and in which words."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from rota.exceptions import InvalidInput
from rota.processes.groups import Group
from rota.processes.options import Options
from rota.processes.team import Team


def test_words_and_dicts_say_the_same() -> None:
    wanted = Group(queues=("mail", "sms"), processes=2, threads=8, max_tasks=500)
    assert Group.read("queues=mail,sms processes=2 threads=8 max-tasks=500", "--worker 1") == wanted
    given = {"queues": ["mail", "sms"], "processes": 2, "threads": 8, "max_tasks": 500}
    assert Group.read(given, "worker 1") == wanted


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("queues=mail proceses=2", "worker 1: unknown option 'proceses'.* Did you mean processes?"),
        ("processes=two", "worker 1: processes: expected a whole number, got 'two'"),
        ("processes=0", "worker 1: processes: expected a whole number from 1 to 1000, got 0"),
        ("mail", "worker 1: expected name=value, got 'mail'"),
        ("  ", "worker 1: expected words such as .* got nothing"),
        (
            "threads=2 max_memory=500 kill_memory=400",
            r"kill_memory: expected at least max_memory \(500\), got 400",
        ),
        ({"queues": "mail"}, "worker 1: queues: expected a list of names, got 'mail'"),
        ({"queues": ["mail", ""]}, "queues: expected a list of names"),
        ({"asyncio": True}, "asyncio: expected a whole number from 1 to 1000, got True"),
        (["mail"], r"worker 1: expected a dict such as .*, got \['mail'\]"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(given: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        Group.read(given, "worker 1")


@pytest.mark.parametrize(
    ("given", "slots", "mode", "sync_threads"),
    [
        ({}, 1, None, 1),
        ({"threads": 1}, 1, None, 1),
        ({"threads": 8}, 8, "threads", 8),
        ({"asyncio": 50}, 50, "asyncio", 4),
        ({"asyncio": 50, "threads": 1}, 50, "asyncio", 1),
        ({"asyncio": 2}, 2, "asyncio", 2),
    ],
)
def test_how_much_at_once_and_how(
    given: dict[str, int], slots: int, mode: str | None, sync_threads: int
) -> None:
    group = Group(**given)  # type: ignore[arg-type]
    assert (group.slots, group.mode, group.sync_threads) == (slots, mode, sync_threads)


def test_a_process_is_killed_at_twice_its_limit_unless_told_otherwise() -> None:
    assert Group(max_memory=300).deadly_memory == 600
    assert Group(max_memory=300, kill_memory=400).deadly_memory == 400
    assert Group(kill_memory=400).deadly_memory == 400
    assert Group().deadly_memory is None


def test_a_child_is_told_of_its_own_group_alone() -> None:
    mail, rest = Group(queues=("mail",), threads=2), Group(asyncio=5)
    options = Options(groups=(mail, rest), poll=0.1)
    assert options.kinds == (mail, rest)
    assert options.of(mail) == Options(queues=("mail",), threads=2, poll=0.1)
    assert options.of(rest).kinds == (rest,)
    assert Options(queues=("sms",)).kinds == (Group(queues=("sms",)),)
    assert Options(workers=False, groups=(mail,)).kinds == ()


def test_one_kind_and_several_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one kind of worker, or several in groups, got both"):
        Options(groups=(Group(),), processes=2)
    with pytest.raises(InvalidInput, match="worker 2: processes: expected"):
        Options(groups=({"queues": ["mail"]}, {"processes": 0}))  # type: ignore[arg-type]


def test_only_as_many_idle_workers_as_there_are_runs_are_woken_and_of_those_that_serve_them() -> None:
    team = Team(uuid.uuid4(), Options(groups=(Group(queues=("mail",)), Group(queues=("sms",)), Group())))
    told: list[str] = []

    def member(name: str, group: int, *, idle: bool = True, leaving: bool = False) -> Any:
        slate = SimpleNamespace(idle=idle)
        return SimpleNamespace(
            role="worker",
            group=group,
            leaving=leaving,
            slate=slate,
            tell=lambda how: told.append(f"{name} {how}"),
        )

    team.members = [
        member("busy", 0, idle=False), member("old", 0, leaving=True), member("mail 1", 0), member("mail 2", 0),
        member("sms", 1), member("all", 2),
    ]  # fmt: skip
    team.wake(1, ["mail"])
    assert told == ["mail 1 wake", "all wake"]
    told.clear()
    team.wake(5, ["sms"], "look")
    assert told == ["sms look", "all look"]
    told.clear()
    team.wake(2)
    assert told == ["mail 1 wake", "mail 2 wake", "sms wake", "all wake"]
