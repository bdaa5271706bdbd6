"""What an attempt that is still running has to show: how far it is, and what it has logged so far."""

from __future__ import annotations

from django.db import models


class OpenAttempt(models.Model):
    """Written by the room `ledger` alone, for attempts that run long enough to be watched. All times are UTC.

    A hint for people: nothing depends on it, and it is removed some time after the attempt has ended.
    """

    run_id = models.UUIDField(primary_key=True)
    number = models.PositiveSmallIntegerField()
    token = models.BigIntegerField()
    progress = models.JSONField(null=True)
    """An object with `done`, `total` and `text`; NULL when the task has told nothing."""
    log = models.TextField(blank=True, default="", db_default="")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.run_id} attempt {self.number}, running"
