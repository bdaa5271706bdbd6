"""Working hours, copied from a time sheet service that is often down."""

from __future__ import annotations

from django.apps import AppConfig


class TempoConfig(AppConfig):
    name = "tempo"
    default_auto_field = "django.db.models.BigAutoField"
