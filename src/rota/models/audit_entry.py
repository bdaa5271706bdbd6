"""Who did what, when, from where, and what it changed: one link of the chain."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """Written by the room `audit` alone; never updated, never deleted (the database refuses it where it can)."""

    number = models.PositiveBigIntegerField(primary_key=True)
    """1, 2, 3 … without gaps."""
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    actor = models.CharField(max_length=200)
    """The name as it was then; never empty: people, `code` for a deploy, `rota` for the product itself."""
    actor_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    channel = models.CharField(max_length=20)
    """dashboard, api, cli, code, system"""
    subject = models.CharField(max_length=250, blank=True, default="", db_default="")
    """What it was done to: a schedule's key, a run's id."""
    ok = models.BooleanField(db_default=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True, default="")
    ip = models.CharField(max_length=45, blank=True, default="", db_default="")
    user_agent = models.CharField(max_length=400, blank=True, default="", db_default="")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.number} {self.verb} {self.subject}"
