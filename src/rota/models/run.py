"""The ledger row: what was due or asked for, and what became of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rota.models.batch import Batch
from rota.models.ids import new_id
from rota.models.schedule import Schedule
from rota.models.states import Origin, Reason, State


class Run(models.Model):
    """Written by the room `ledger` alone. All times are UTC.

    Claimable is what has `ready_at`: it is set while the run is READY and neither parked nor waiting at a gate, and
    NULL otherwise, so that the claim's index holds nothing else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    reason = models.CharField(max_length=30, choices=Reason.choices, blank=True, default="", db_default="")
    detail = models.CharField(max_length=500, blank=True, default="", db_default="")
    """The reason in words: which run it overlapped, by whom it was paused."""
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.ENQUEUE)
    requested_by = models.CharField(max_length=200, blank=True, default="", db_default="")

    schedule = models.ForeignKey(
        Schedule, on_delete=models.PROTECT, null=True, related_name="runs", db_index=False
    )
    version = models.PositiveIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    """What the calendar promised; NULL when nobody promised."""
    due_until = models.DateTimeField(null=True)
    due_count = models.PositiveIntegerField(default=1, db_default=1)
    """A SKIPPED or MISSED row may stand for `due_count` instants from `due_at` to `due_until`."""
    nominal_at = models.DateTimeField(null=True)
    """The instant that a backfill or a recovered run works for, where `due_at` is not it."""
    recovered = models.BooleanField(default=False, db_default=False)
    """It was due in an outage and is made up for."""

    task_path = models.CharField(max_length=300)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    backend = models.CharField(max_length=100, default="default")
    queue_name = models.CharField(max_length=100, default="default")
    priority = models.SmallIntegerField(default=0)
    terms = models.JSONField(null=True)
    """`policies.Terms` as JSON; NULL is the default terms."""
    max_attempts = models.PositiveSmallIntegerField(default=1)

    run_after = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    alone = models.BooleanField(default=False, db_default=False)
    """Claimed by itself, because it may begin at most once or is suspected of killing its process."""
    parked_at = models.DateTimeField(null=True)
    """No live worker knows the task; attempts are untouched."""
    gate_key = models.CharField(max_length=250, blank=True, default="", db_default="")
    """The gate of its schedule: how runs of one schedule may overlap."""
    limit_key = models.CharField(max_length=250, null=True)
    """The gate that lets so many through at once."""
    rate_key = models.CharField(max_length=250, null=True)
    """The gate that lets so many through in a period."""
    waits_at = models.CharField(max_length=250, null=True)
    """The gate at which it waits now, outside the ready index; NULL when it has passed them all."""
    overlap = models.CharField(max_length=20, blank=True, default="", db_default="")
    unique_key = models.CharField(max_length=250, null=True)
    """An idempotency key: asked for twice, there is one run."""

    attempt_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    """Attempts that have ended. A running one has the next number."""
    token = models.BigIntegerField(null=True)
    held_by = models.UUIDField(null=True)
    """The Process (a worker) that claimed it."""
    claimed_at = models.DateTimeField(null=True)
    cancel_attempt = models.PositiveSmallIntegerField(null=True)
    """The attempt that somebody asked to stop."""
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    retry_of = models.UUIDField(null=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="runs", db_index=False)
    settled_at = models.DateTimeField(null=True)
    """When a dead letter was run again or discarded."""
    settled_note = models.CharField(max_length=500, blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("schedule", "due_at"), name="rota_run_due_once"),
            models.UniqueConstraint(fields=("unique_key",), name="rota_run_asked_once"),
        )
        indexes = (
            # MySQL and MariaDB leave the conditions out: a NULL sorts before every time there, so a range on
            # `ready_at` still reads only what is ready.
            models.Index(
                fields=("queue_name", "-priority", "alone", "ready_at", "id"),
                name="rota_run_ready",
                condition=Q(ready_at__isnull=False),
            ),
            models.Index(fields=("held_by",), name="rota_run_held", condition=Q(held_by__isnull=False)),
            # Each index costs every insert and every update: a run belongs to as few as can be at any time.
            models.Index(
                fields=("schedule", "enqueued_at"),
                name="rota_run_history",
                condition=Q(schedule__isnull=False),
            ),
            models.Index(
                fields=("state", "queue_name"), name="rota_run_open", condition=Q(finished_at__isnull=True)
            ),
            models.Index(
                fields=("state", "finished_at"), name="rota_run_ended", condition=Q(finished_at__isnull=False)
            ),
            models.Index(
                fields=("state", "settled_at", "finished_at"),
                name="rota_run_dead",
                condition=Q(state=State.FAILED, settled_at__isnull=True),
            ),
            # What has passed a gate and what waits at it lie apart in its index, however long the line is.
            models.Index(
                fields=("gate_key", "state", "waits_at", "overlap"),
                name="rota_run_gate",
                condition=~Q(gate_key=""),
            ),
            models.Index(
                fields=("limit_key", "state", "waits_at"),
                name="rota_run_limit",
                condition=Q(limit_key__isnull=False),
            ),
            models.Index(
                fields=("rate_key", "state", "waits_at"),
                name="rota_run_rate",
                condition=Q(rate_key__isnull=False),
            ),
            models.Index(
                fields=("waits_at", "-priority", "id"),
                name="rota_run_waits",
                condition=Q(waits_at__isnull=False),
            ),
            models.Index(fields=("retry_of",), name="rota_run_retry_of", condition=Q(retry_of__isnull=False)),
            models.Index(fields=("batch", "state"), name="rota_run_batch", condition=Q(batch__isnull=False)),
            models.Index(fields=("parked_at",), name="rota_run_parked", condition=Q(parked_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.task_path} {self.id}"
