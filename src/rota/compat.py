"""Which `django.tasks` there is: Django's own from 6.0 on, the backport `django-tasks` on 5.2.

The only module that imports either. Importing it also connects the loggers to the signals, which Django itself does
not do at start. Raises ImproperlyConfigured on Django 5.2 without the backport.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ReferenceType

import django
from django.core.exceptions import ImproperlyConfigured
from django.dispatch import Signal

MISSING = (
    f"Django {django.get_version()} has no django.tasks of its own: rota needs the backport django-tasks there. "
    "Install it with: pip install 'django-rota[django52]'"
)

if TYPE_CHECKING or django.VERSION >= (6, 0):
    from django.tasks import Task, TaskContext, TaskResult, TaskResultStatus, task, task_backends
    from django.tasks.backends.base import BaseTaskBackend
    from django.tasks.base import TaskError
    from django.tasks.checks import check_tasks
    from django.tasks.exceptions import (
        InvalidTask,
        InvalidTaskBackend,
        TaskResultDoesNotExist,
        TaskResultMismatch,
    )
    from django.tasks.signals import task_enqueued, task_finished, task_started
    from django.utils.json import normalize_json

    TASKS_LOGGER = "django.tasks"
else:
    try:
        from django_tasks import TaskContext, TaskResult, TaskResultStatus, exceptions, task, task_backends
    except ImportError as error:
        raise ImproperlyConfigured(MISSING) from error
    from django_tasks.backends.base import BaseTaskBackend
    from django_tasks.base import Task, TaskError
    from django_tasks.checks import check_tasks
    from django_tasks.exceptions import TaskResultDoesNotExist, TaskResultMismatch
    from django_tasks.signals import task_enqueued, task_finished, task_started
    from django_tasks.utils import normalize_json

    # The backport renames these two to Django's names after 0.12.
    InvalidTask = getattr(exceptions, "InvalidTask", None) or exceptions.InvalidTaskError
    InvalidTaskBackend = getattr(exceptions, "InvalidTaskBackend", None) or exceptions.InvalidTaskBackendError
    TASKS_LOGGER = "django_tasks"

_LOGGER = logging.getLogger(TASKS_LOGGER)


def heard(signal: Signal) -> bool:
    """Whether anybody listens to this signal of an execution: more than `django.tasks` itself, which only logs."""
    return _LOGGER.isEnabledFor(logging.ERROR) or any(
        not _is_own(entry[1]) for entry in list(signal.receivers)
    )


def _is_own(receiver: Any) -> bool:
    function = receiver() if isinstance(receiver, ReferenceType) else receiver
    return str(getattr(function, "__module__", "")).startswith(("django.tasks", "django_tasks"))


if TYPE_CHECKING:
    AnyTask: TypeAlias = Task[..., Any]
    AnyResult: TypeAlias = TaskResult[..., Any]
else:
    AnyTask, AnyResult = Task, TaskResult

__all__ = [
    "MISSING", "TASKS_LOGGER", "AnyResult", "AnyTask", "BaseTaskBackend", "InvalidTask",
    "InvalidTaskBackend", "Task", "TaskContext", "TaskError", "TaskResult", "TaskResultDoesNotExist",
    "TaskResultMismatch", "TaskResultStatus", "check_tasks", "heard", "normalize_json", "task", "task_backends",
    "task_enqueued", "task_finished", "task_started",
]  # fmt: skip
