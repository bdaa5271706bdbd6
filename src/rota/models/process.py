"""A heartbeat row of a supervisor, a scheduler or a worker."""

from __future__ import annotations

from django.db import models


class Process(models.Model):
    """Written by the room `processes`. The id is random for each start, so a reused host name or pid means nothing."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=12)
    """supervisor, scheduler or worker"""
    parent = models.UUIDField(null=True)
    """The supervisor that holds the lease for a scheduler or worker."""
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat = models.PositiveBigIntegerField(default=0, db_default=0)
    """The lease: a counter. Whoever sees it stand still for a whole lease on its own clock may call it dead."""
    last_heartbeat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=300, blank=True, default="", db_default="")
    """How it ended: exit status, signal, or the lease that ran out."""
    queues = models.JSONField(default=list)
    """Queues a worker serves; an empty list is all of them."""
    slots = models.PositiveSmallIntegerField(default=1, db_default=1)
    mode = models.CharField(max_length=10, null=True)
    """How a worker performs several runs at once: threads or asyncio; NULL for one at a time. How a supervisor hears of
    new runs: listen, datagram or poll."""
    memory = models.PositiveBigIntegerField(null=True)
    """Bytes of memory that it was last seen to hold (resident set)."""
    unknown = models.JSONField(default=list)
    """Task paths this process met and does not know."""
    code_version = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta:
        indexes = (models.Index(fields=("stopped_at", "kind"), name="rota_process_live"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.host}:{self.pid}"
