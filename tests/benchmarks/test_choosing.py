"""Which systems and measures a command line asks for."""

from __future__ import annotations

import importlib.util

import pytest

from benchmarks import run, schedules
from benchmarks.measures import MEASURES
from benchmarks.measures.sizes import QUICK, Sizes
from benchmarks.systems import SYSTEMS
from rota import timing


def test_a_beginning_of_a_name_is_enough() -> None:
    assert [system.name for system in run._systems("huey,rota-s")] == [
        "rota-sqlite",
        "huey-sqlite",
        "huey-redis",
    ]


def test_nothing_asked_for_is_everything() -> None:
    assert [system.name for system in run._systems(None)] == list(SYSTEMS)
    assert [measure.name for measure in run._measures(None)] == list(MEASURES)


@pytest.mark.parametrize(("choose", "option"), [(run._systems, "--systems"), (run._measures, "--only")])
def test_an_unknown_name_is_refused_in_a_sentence(choose: object, option: str) -> None:
    with pytest.raises(SystemExit, match=f"{option}: expected one of .*, got 'sidekiq'"):
        choose("sidekiq")


def test_the_middle_of_a_name_is_not_enough() -> None:
    with pytest.raises(SystemExit, match="got 'sqlite'"):
        run._systems("sqlite")


def test_every_system_and_every_measure_has_its_module() -> None:
    wanted = {f"benchmarks.systems.{system.family}" for system in SYSTEMS.values()}
    wanted |= {f"benchmarks.measures.{name}" for name in MEASURES}
    assert [name for name in wanted if importlib.util.find_spec(name) is None] == []


def test_peers_are_asked_what_only_rota_can_answer_in_no_case() -> None:
    assert not MEASURES["punctuality"].applies(SYSTEMS["oban"], named=True)
    assert MEASURES["punctuality"].applies(SYSTEMS["rota-sqlite"])


def test_peers_are_asked_what_they_cost_idle_when_they_are_named() -> None:
    assert not MEASURES["idle"].applies(SYSTEMS["oban"])
    assert MEASURES["idle"].applies(SYSTEMS["oban"], named=True)


def test_only_who_can_enqueue_many_is_asked_to() -> None:
    asked = {name for name, system in SYSTEMS.items() if MEASURES["many"].applies(system)}
    assert {"rota-postgres", "oban", "procrastinate"} < asked
    assert "huey-redis" not in asked


def test_sizes_reach_the_measuring_process_unchanged() -> None:
    assert Sizes.from_text(QUICK.to_text()) == QUICK


def test_the_command_line_changes_the_sizes() -> None:
    options = run._parser().parse_args(["--quick", "--tasks", "7", "--history", "8", "--no-analyze"])
    sizes = run._sizes(options)
    assert (sizes.tasks, sizes.history, sizes.analyze, sizes.samples) == (7, 8, False, QUICK.samples)


@pytest.mark.parametrize("measure", [measure for measure in MEASURES.values() if measure.schedules])
def test_the_schedules_of_a_measure_can_be_declared(measure: object) -> None:
    asked = measure.schedules.format(schedules=3, period=60)
    entries = schedules.declared(asked)
    assert len(entries) == int(asked.split(":")[1])
    assert all(not timing.parse(entry["calendar"]).impossible for entry in entries.values())
