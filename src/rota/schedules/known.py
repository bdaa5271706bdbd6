"""The tasks that this process's code knows, and on what terms they run. In memory; no database."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.apps import apps

from rota.policies import Terms

if TYPE_CHECKING:
    from rota.compat import AnyTask

log = logging.getLogger("rota")

_TASKS: dict[str, AnyTask] = {}
_TERMS: dict[str, Terms] = {}
_TRIED: set[str] = set()
_IMPORTING = threading.RLock()
"""Another thread must not take a task for unknown while its module is still being imported."""


def register_task(task: AnyTask) -> None:
    """Make `task` known by its `module_path`. A variant from `.using()` does not replace what was declared."""
    known = _TASKS.get(task.module_path)
    if known is None or known.func is not task.func:
        _TASKS[task.module_path] = task


def known_tasks() -> dict[str, AnyTask]:
    """The tasks this process knows, by path."""
    return dict(_TASKS)


def resolve(path: str) -> AnyTask | None:
    """The task `path` names, or None. A module is imported for it only inside an installed app, and only once."""
    if path not in _TASKS:
        with _IMPORTING:
            _import_home_of(path)
    return _TASKS.get(path)


def set_terms(path: str, terms: Terms) -> None:
    """The terms on which the task `path` runs, unless a schedule says otherwise."""
    _TERMS[path] = terms


def terms_for(path: str) -> Terms:
    """The terms of the task `path`; the default ones when it has none."""
    return _TERMS.get(path, Terms())


def _import_home_of(path: str) -> None:
    module = path.rpartition(".")[0]
    if module in _TRIED or not any(_inside(module, config.name) for config in apps.get_app_configs()):
        return
    _TRIED.add(module)
    try:
        if find_spec(module) is not None:
            import_module(module)
    except Exception:
        log.exception("The module of the task %s cannot be imported.", path)


def _inside(module: str, app: str) -> bool:
    return module == app or module.startswith(app + ".")


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """What is registered inside the block is forgotten at its end. For tests."""
    tasks, terms, tried = dict(_TASKS), dict(_TERMS), set(_TRIED)
    try:
        yield
    finally:
        for store in (_TASKS, _TERMS, _TRIED):
            store.clear()
        _TASKS.update(tasks)
        _TERMS.update(terms)
        _TRIED.update(tried)
