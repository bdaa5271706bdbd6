"""The row that is locked to let runs with the same key through one after another."""

from __future__ import annotations

from django.db import models


class Gate(models.Model):
    """Written by the room `ledger` alone. Counts come from the runs, so a crash leaks no place."""

    key = models.CharField(max_length=250, primary_key=True)
    next_at = models.DateTimeField(null=True)
    """For a rate: the theoretical arrival time of the next run (GCRA), UTC."""

    def __str__(self) -> str:
        return self.key
