"""The mark of something that must happen once, whatever becomes of the attempt that did it."""

from __future__ import annotations

from django.db import models


class Effect(models.Model):
    """Written by the room `ledger` alone, in the transaction of the work that it marks."""

    key = models.CharField(max_length=250, primary_key=True)
    run_id = models.UUIDField(null=True)
    """The run that did it; no foreign key, as the mark outlives the run's row."""
    attempt = models.PositiveSmallIntegerField(null=True)
    made_at = models.DateTimeField()
    result = models.JSONField(null=True)

    class Meta:
        indexes = (models.Index(fields=("made_at",), name="rota_effect_age"),)

    def __str__(self) -> str:
        return self.key
