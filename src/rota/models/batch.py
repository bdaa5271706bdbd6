"""Runs that belong together, and what is enqueued when all of them have ended."""

from __future__ import annotations

from django.db import models

from rota.models.ids import new_id


class Batch(models.Model):
    """Written by the room `ledger` alone. All times are UTC."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200, blank=True, default="", db_default="")
    requested_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    sealed_at = models.DateTimeField(null=True)
    """When its maker had put the last run in; before that it cannot be complete."""
    finished_at = models.DateTimeField(null=True)
    """When its last run had ended, and what was to follow was enqueued."""
    then = models.JSONField(default=list)
    """What follows: a list of objects with `on` (done, succeeded or failed) and the order to be enqueued."""

    class Meta:
        indexes = (models.Index(fields=("finished_at", "created_at"), name="rota_batch_open"),)

    def __str__(self) -> str:
        return self.name or str(self.id)
