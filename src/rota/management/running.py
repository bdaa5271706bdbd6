"""The options of `rota run`, from where they come: the command line over the environment over the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rota import conf
from rota.exceptions import InvalidInput, did_you_mean, nearest
from rota.processes.groups import FIELDS, Group, split
from rota.processes.options import Options

PREFIX = "ROTA_RUN_"
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")
NUMBERS = {"poll": float, **{name: int for name in FIELDS if name != "queues"}}
FLAGS = ("no_scheduler", "no_workers", "once")
TEXTS = ("queues", "log_file", "log_format", "workers")
GENERAL = ("poll", "log_file", "log_format", "once")


def options_from(given: Mapping[str, Any], environ: Mapping[str, str]) -> Options:
    """Raises InvalidInput that names the option or the variable.

    Whoever says something about workers says all of it: `--worker` or `--queues` and its like on the command line
    leave aside `ROTA_RUN_WORKERS`, and that leaves aside `ROTA["WORKERS"]`.
    """
    around = from_environment(environ)
    found = around | {name: given[name] for name in (*NUMBERS, *FLAGS, "queues", *GENERAL) if name in given}
    return Options(
        scheduler=not found.get("no_scheduler", False),
        workers=not found.get("no_workers", False),
        **{name: found[name] for name in GENERAL if name in found},
        **_workers(given, around),
    )


def _workers(given: Mapping[str, Any], around: Mapping[str, Any]) -> dict[str, Any]:
    said, environment = _one(given), _one(around)
    if "worker" in given:
        _not_both(said, "--worker", lambda name: "--" + name.replace("_", "-"))
        texts = enumerate(given["worker"], 1)
        return {"groups": tuple(Group.read(text, f"--worker {number}") for number, text in texts)}
    if "workers" in around and not said:
        _not_both(environment, PREFIX + "WORKERS", lambda name: PREFIX + name.upper())
        texts = enumerate(filter(str.strip, around["workers"].split(";")), 1)
        return {"groups": tuple(Group.read(text, f"{PREFIX}WORKERS {number}") for number, text in texts)}
    if said or environment:
        return environment | said
    dicts = enumerate(conf.current().WORKERS, 1)
    return {"groups": tuple(Group.read(one, f"ROTA['WORKERS'], worker {number}") for number, one in dicts)}


def _one(found: Mapping[str, Any]) -> dict[str, Any]:
    """What is said about the one kind of worker."""
    values = {name: found[name] for name in FIELDS if name in found}
    if values.get("queues", "").strip() and not split(values["queues"]):
        raise InvalidInput(f"queues: expected names, with commas between them, got {values['queues']!r}.")
    return values | ({"queues": split(values["queues"])} if "queues" in values else {})


def _not_both(one: Mapping[str, Any], several: str, spelt: Any) -> None:
    if one:
        raise InvalidInput(f"Expected {several} or {spelt(next(iter(one)))}, got both: say it in {several}.")


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The options that ROTA_RUN_… variables set. Raises InvalidInput for one that means nothing."""
    found: dict[str, Any] = {}
    known = {PREFIX + name.upper(): name for name in (*NUMBERS, *FLAGS, *TEXTS)}
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        if variable not in known:
            raise InvalidInput(f"There is no option {variable}.{did_you_mean(nearest(variable, known))}")
        found[known[variable]] = _value(known[variable], variable, environ[variable].strip())
    return found


def _value(name: str, variable: str, text: str) -> Any:
    if name in NUMBERS:
        try:
            return NUMBERS[name](text)
        except ValueError:
            raise InvalidInput(f"{variable}: expected a number, got {text!r}.") from None
    if name in FLAGS:
        if text.lower() not in (*YES, *NO):
            raise InvalidInput(f"{variable}: expected 1 or 0, got {text!r}.")
        return text.lower() in YES
    return text
