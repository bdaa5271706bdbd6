"""What pruned runs added up to, so that totals stay true."""

from __future__ import annotations

from django.db import models

from rota.models.schedule import Schedule


class Tally(models.Model):
    """Written by the room `ledger` alone, in the transaction that prunes."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="tallies")
    day = models.DateField()
    state = models.CharField(max_length=10)
    count = models.PositiveBigIntegerField()
    """Instants and requests, ranges counted in full."""
    seconds = models.FloatField(default=0.0)
    """The sum of the durations of the last attempts."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("schedule", "day", "state"), name="rota_tally_once"),)
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.day} {self.state}: {self.count}"
