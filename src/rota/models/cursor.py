"""How far a schedule is planned."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rota.models.schedule import Schedule


class Cursor(models.Model):
    """Written by the room `ledger` alone. It never passes an instant that has no row."""

    schedule = models.OneToOneField(
        Schedule, on_delete=models.PROTECT, primary_key=True, related_name="cursor"
    )
    planned_until = models.DateTimeField()
    next_due_at = models.DateTimeField(null=True)
    """A hint for the planner that may be early, never late. NULL: nothing is ever due again."""
    revision = models.PositiveBigIntegerField(default=0, db_default=0)
    """Rises with each write: planners and editors compare and set it."""
    gap_end = models.DateTimeField(null=True)
    """The end of the gap being caught up, fixed by the first round over it."""
    critical = models.BooleanField(default=False, db_default=False)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    error = models.TextField(blank=True, default="")
    """Why the last round over this schedule failed; empty when it did not."""

    class Meta:
        indexes = (
            models.Index(
                fields=("critical", "next_due_at"),
                name="rota_cursor_due",
                condition=Q(next_due_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.schedule_id} planned until {self.planned_until:%Y-%m-%d %H:%M:%S}"
