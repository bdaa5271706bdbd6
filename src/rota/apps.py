"""The Django app."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


class RotaConfig(AppConfig):
    """`rota` in INSTALLED_APPS."""

    name = "rota"
    label = "rota"
    verbose_name = "rota"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks. On Django 5.2 without the backport there is one, which says so."""
        try:
            import_module("rota.checks")
        except ImproperlyConfigured as error:
            checks.register(_without_tasks(str(error)), "rota")


def _without_tasks(why: str) -> Callable[..., list[checks.CheckMessage]]:
    def check_framework(**_: Any) -> list[checks.CheckMessage]:
        return [checks.Error(why, hint="pip install 'django-rota[django52]'", id="rota.E001")]

    return check_framework
