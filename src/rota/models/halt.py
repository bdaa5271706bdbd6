"""Planning stands still because the clock cannot be believed."""

from __future__ import annotations

from django.db import models


class Halt(models.Model):
    """Written by the room `ledger` alone. Open while `accepted_at` is NULL; a person accepts the time, audited."""

    at = models.DateTimeField()
    """The database time at which the jump was seen."""
    expected_at = models.DateTimeField()
    """What the time should have been by elapsed time."""
    detail = models.CharField(max_length=500)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.CharField(max_length=200, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return self.detail
