"""Hours that people booked on projects."""

from __future__ import annotations

from django.db import models


class TimeEntry(models.Model):
    """One person's hours on one project on one day, as the service last told them."""

    person = models.CharField(max_length=60)
    project = models.CharField(max_length=60)
    day = models.DateField()
    hours = models.DecimalField(max_digits=4, decimal_places=2)
    synced_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "project", "day"), name="tempo_entry_once"),)

    def __str__(self) -> str:
        return f"{self.person} {self.day} {self.project}: {self.hours} h"
