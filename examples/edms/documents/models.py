"""Controlled documents and what has to happen to them in time."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """A procedure, instruction, form or policy in one version."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        EFFECTIVE = "effective"
        OBSOLETE = "obsolete"

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    department = models.CharField(max_length=60)
    owner = models.EmailField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    effective_on = models.DateTimeField(null=True)
    """An approved document takes effect then."""
    obsolete_on = models.DateTimeField(null=True)
    """An effective document is withdrawn then."""

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Workflow(models.Model):
    """Somebody must review or approve a document until the deadline."""

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        OVERDUE = "overdue"

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="workflows")
    step = models.CharField(max_length=20)
    assignee = models.EmailField()
    deadline = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)

    def __str__(self) -> str:
        return f"{self.step} of {self.document.number} by {self.assignee}"


class PeriodicReview(models.Model):
    """An effective document is looked at again every two years."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="reviews")
    due_on = models.DateField()
    asked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"review of {self.document.number} due {self.due_on}"


class Notification(models.Model):
    """What the system told somebody about a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="notifications")
    to = models.EmailField()
    subject = models.CharField(max_length=250)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.subject} (to {self.to})"
