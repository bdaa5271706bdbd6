"""What a schedule said in (valid_from, valid_to]: an instant is judged by the version valid at that instant."""

from __future__ import annotations

from django.db import models

from rota.models.schedule import Schedule


class Version(models.Model):
    """Written by the room `schedules`, with the cursor locked. `valid_to` NULL means: until further notice."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    paused = models.BooleanField(default=False, db_default=False)
    note = models.CharField(max_length=500, blank=True, default="", db_default="")
    """Who paused it and why, or what made the version."""
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("schedule", "number"), name="rota_version_once"),)
        indexes = (models.Index(fields=("schedule", "valid_from"), name="rota_version_span"),)

    def __str__(self) -> str:
        return f"{self.schedule_id} v{self.number}"
