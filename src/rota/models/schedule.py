"""A task, a calendar, arguments and policies, under a stable key, with exactly one owner."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from rota.models.states import Source


class Schedule(models.Model):
    """Written by the room `schedules`. The definition in force is here; the earlier ones are `Version` rows."""

    key = models.CharField(max_length=200, unique=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    title = models.CharField(max_length=200, blank=True, default="", db_default="")
    category = models.CharField(max_length=100, blank=True, default="", db_default="")
    description = models.TextField(blank=True, default="")
    origin = models.CharField(max_length=300, blank=True, default="", db_default="")
    """Where code declares it, as `module:line`; empty for the database's own."""
    definition = models.JSONField()
    """A `policies.Definition` as JSON."""
    task_path = models.CharField(max_length=300)
    calendar = models.CharField(max_length=1000)
    calendar_from = models.CharField(max_length=200, blank=True, default="", db_default="")
    """The environment variable that overrides the calendar of a code-owned schedule, if one does."""
    impossible = models.BooleanField(default=False, db_default=False)
    """The calendar can never fire: the schedule runs only by hand."""
    critical = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=1, db_default=1)
    """The number of the `Version` in force."""

    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    paused_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    paused_until = models.DateTimeField(null=True)

    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("key",)
        permissions = (
            ("run_schedule", "Can run a schedule now"),
            ("pause_schedule", "Can pause and resume a schedule"),
        )

    def __str__(self) -> str:
        return self.key
