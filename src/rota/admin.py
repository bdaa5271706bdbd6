"""Read-only pages in Django's admin: a second way to look. What can be done is done on rota's own pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rota import conf
from rota.models import AuditEntry, Run, Schedule
from rota.policies.redaction import redact


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds, changes or deletes here, whatever permissions they have."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come into being elsewhere."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looking is what the view permission allows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History stays."""
        return False


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    """Schedules, with who owns them."""

    list_display = ("key", "title", "category", "source", "calendar", "critical", "paused_at", "retired_at")
    list_filter = ("source", "category", "critical")
    search_fields = ("key", "title")
    exclude = ("definition",)


@admin.register(Run)
class RunAdmin(ReadOnly):
    """Runs; arguments and results without their secrets."""

    list_display = ("id", "schedule", "task_path", "state", "due_at", "finished_at")
    list_filter = ("state", "origin")
    list_select_related = ("schedule",)
    ordering = ("-id",)
    exclude = ("args", "kwargs", "result")
    readonly_fields = ("arguments", "outcome")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """The list does not read large columns."""
        return super().get_queryset(request).defer("terms")

    @admin.display(description="Arguments")
    def arguments(self, run: Run) -> str:
        """Positional and named arguments."""
        return str(_without_secrets({"args": run.args, "kwargs": run.kwargs}))

    @admin.display(description="Result")
    def outcome(self, run: Run) -> str:
        """What the task returned."""
        return str(_without_secrets(run.result))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """Who did what, newest first."""

    list_display = ("number", "at", "actor", "verb", "subject", "ok", "channel", "reason")
    list_filter = ("verb", "channel", "ok")
    search_fields = ("actor", "subject")
    ordering = ("-number",)


def _without_secrets(value: Any) -> Any:
    return redact(value, conf.current().REDACT)
