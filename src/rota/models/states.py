"""The words that rows hold."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """What became of a run. The first four are django.tasks' own."""

    READY = "READY", "Ready"
    RUNNING = "RUNNING", "Running"
    SUCCESSFUL = "SUCCESSFUL", "Successful"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"
    HELD = "HELD", "Held"
    SKIPPED = "SKIPPED", "Skipped"
    MISSED = "MISSED", "Missed"


ENDED = (State.SUCCESSFUL, State.FAILED, State.CANCELLED, State.SKIPPED, State.MISSED)


class Reason(models.TextChoices):
    """Why a run was not run. The first line is chosen by the owner (SKIPPED), the second was not (MISSED)."""

    CATCH_UP_NONE = "catch_up_none", "The schedule does not make up for runs that fell into an outage."
    SUPERSEDED = "superseded", "A later run of the same schedule stands for it."
    OVERLAP = "overlap", "The run before it had not finished."
    PAUSED = "paused", "The schedule was paused."
    CALENDAR_CHANGED = "calendar_changed", "The schedule was changed before it began."
    WINDOW = "window", "It was due longer ago than the catch-up window reaches."
    CAP = "cap", "More runs were due than the catch-up cap allows."
    CLOCK = "clock", "The clock jumped over it."
    RESTORED = "restored", "The database was restored from a backup taken before it."
    ASK = "ask", "It fell into an outage and the schedule asks a person what to do."


class Origin(models.TextChoices):
    """Who asked for a run."""

    SCHEDULE = "schedule", "Calendar"
    ENQUEUE = "enqueue", "Code"
    MANUAL = "manual", "Run now"
    BACKFILL = "backfill", "Backfill"
    RETRY = "retry", "Retried dead letter"


class Outcome(models.TextChoices):
    """How an attempt ended."""

    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    LOST = "lost", "Lost"
    CANCELLED = "cancelled", "Cancelled"


class Source(models.TextChoices):
    """Who owns a schedule."""

    CODE = "code", "Code"
    DATABASE = "database", "Database"


class CatchUp(models.TextChoices):
    """What becomes of instants that passed while nothing planned."""

    NONE = "none", "None"
    LATEST = "latest", "Latest"
    ALL = "all", "All"
    ASK = "ask", "Ask"


class Overlap(models.TextChoices):
    """What becomes of a run whose predecessor has not finished."""

    SKIP = "skip", "Skip"
    QUEUE = "queue", "Queue"
    ALLOW = "allow", "Allow"
    CANCEL_RUNNING = "cancel-running", "Cancel the running one"
