"""One execution of a run, with its worker, log and error."""

from __future__ import annotations

from django.db import models

from rota.models.run import Run
from rota.models.states import Outcome


class Attempt(models.Model):
    """Written by the room `ledger` alone, once, when the attempt has ended."""

    # No constraint in the database: it would cost a look at the run for each attempt, and the one writer knows the run.
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="attempts", db_index=False, db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    held_by = models.UUIDField(null=True)
    worker = models.CharField(max_length=200, blank=True, default="", db_default="")
    """The worker's name for people: host and process id."""
    error_class = models.CharField(max_length=300, blank=True, default="", db_default="")
    error = models.TextField(blank=True, default="")
    traceback = models.TextField(blank=True, default="")
    log = models.TextField(blank=True, default="")
    progress = models.JSONField(null=True)
    """How far it came: an object with `done`, `total` and `text`; NULL when the task told nothing."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="rota_attempt_once"),)
        ordering = ("run_id", "number")

    def __str__(self) -> str:
        return f"{self.run_id} attempt {self.number}: {self.outcome}"
