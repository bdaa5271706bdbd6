"""What the system does by itself, and when. All times are UTC."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import rota
from documents.models import Document, Notification, PeriodicReview, Workflow
from rota import tasks as builtin

logger = logging.getLogger(__name__)

LIFECYCLE, WORKFLOWS, MONITORING = "Document lifecycle", "Workflows", "Monitoring"
MAINTENANCE, COMPLIANCE, INTEGRATIONS = "Maintenance", "Compliance", "Integrations"


# After an outage one run puts everything into force that is due by then, however long ago it was due.
@rota.scheduled(
    "process-document-effective-dates",
    rota.cron("0 * * * *", "UTC"),
    title="Put documents into force",
    category=LIFECYCLE,
    critical=True,
)
@rota.task
def process_effective_dates() -> dict[str, int]:
    """Put approved documents into force whose date has come."""
    due = Document.objects.filter(status=Document.Status.APPROVED, effective_on__lte=timezone.now())
    return {"made_effective": _move(due, Document.Status.EFFECTIVE, "is now in force")}


# Each hour is made up for, and whatever was due more than two hours ago is reported as missed.
@rota.scheduled(
    "process-document-obsoletion-dates",
    rota.cron("15 * * * *", "UTC"),
    title="Withdraw obsolete documents",
    category=LIFECYCLE,
    catch_up="all",
    window=timedelta(hours=2),
    overlap="queue",
)
@rota.task
def process_obsoletion_dates() -> dict[str, int]:
    """Withdraw documents in force whose last day has passed."""
    due = Document.objects.filter(status=Document.Status.EFFECTIVE, obsolete_on__lte=timezone.now())
    return {"made_obsolete": _move(due, Document.Status.OBSOLETE, "has been withdrawn")}


@rota.scheduled(
    "check-workflow-timeouts",
    rota.cron("0 0,4,8,12,16,20 * * *", "UTC"),
    title="Check workflow timeouts",
    category=WORKFLOWS,
    catch_up="all",
)
@rota.task
def check_workflow_timeouts() -> dict[str, int]:
    """Mark open workflows past their deadline, and tell whoever is late and who waits."""
    late = list(
        Workflow.objects.filter(state=Workflow.State.OPEN, deadline__lt=timezone.now()).select_related(
            "document"
        )
    )
    with transaction.atomic():
        for workflow in late:
            _notify(workflow.document, f"{workflow.step} is overdue", to=workflow.assignee)
        Workflow.objects.filter(pk__in=[workflow.pk for workflow in late]).update(
            state=Workflow.State.OVERDUE
        )
    logger.info(
        "%d of %d open workflows are overdue",
        len(late),
        Workflow.objects.filter(state="open").count() + len(late),
    )
    return {"overdue": len(late)}


@rota.scheduled(
    "process-periodic-reviews",
    rota.cron("0 9 * * *", "UTC"),
    title="Ask for periodic reviews",
    category=WORKFLOWS,
)
@rota.task(timeout=300)
def process_periodic_reviews() -> dict[str, int]:
    """Ask the owners of documents whose periodic review is due, once each, in one mail per owner."""
    due = PeriodicReview.objects.filter(asked_at=None, due_on__lte=timezone.now().date()).select_related(
        "document"
    )
    by_owner: dict[str, list[PeriodicReview]] = {}
    for review in due:
        by_owner.setdefault(review.document.owner, []).append(review)
    for owner, reviews in by_owner.items():
        lines = "\n".join(f"- {review.document} (due {review.due_on})" for review in reviews)
        send_mail("Documents waiting for your review", lines, None, [owner])
        PeriodicReview.objects.filter(pk__in=[review.pk for review in reviews]).update(
            asked_at=timezone.now()
        )
        logger.info("asked %s to review %d documents", owner, len(reviews))
    return {"asked": sum(map(len, by_owner.values())), "owners": len(by_owner)}


def _move(due: QuerySet[Document], status: str, became: str) -> int:
    with transaction.atomic():
        documents = list(due)
        for document in documents:
            _notify(document, became)
            logger.info("%s %s", document, became)
        Document.objects.filter(pk__in=[document.pk for document in documents]).update(status=status)
    return len(documents)


def _notify(document: Document, what: str, to: str = "") -> None:
    Notification.objects.create(
        document=document, to=to or document.owner, subject=f"{document.number}: {what}"
    )


# A check that is about this moment is worth nothing later, so nobody makes up for it.
rota.schedule(
    "perform-system-health-check",
    rota.cron("*/30 * * * *", "UTC"),
    builtin.report_health,
    title="System health check",
    category=MONITORING,
    catch_up="none",
)
rota.schedule(
    "send-daily-health-report",
    rota.cron("0 7 * * *", "UTC"),
    builtin.send_health_report,
    title="Daily health report",
    category=MONITORING,
    retry=rota.retry(),
)
rota.schedule(
    "cleanup-celery-results",
    rota.cron("0 3 * * *", "UTC"),
    builtin.prune_runs,
    title="Clean up old results",
    category=MAINTENANCE,
    kwargs={"days_to_keep": 90},
)
rota.schedule(
    "run-daily-integrity-check",
    rota.cron("0 2 * * *", "UTC"),
    builtin.check_ledger,
    title="Daily integrity check",
    category=COMPLIANCE,
    critical=True,
)
rota.schedule(
    "verify-audit-trail-checksums",
    rota.cron("0 1 * * SUN", "UTC"),
    builtin.verify_audit_trail,
    title="Verify audit trail checksums",
    category=COMPLIANCE,
    critical=True,
)
# There is no 31 February: this one only ever runs by hand.
rota.schedule(
    "send-test-email",
    rota.cron("0 0 31 2 *", "UTC"),
    builtin.send_test_email,
    title="Send Test Email",
    category=MONITORING,
)
rota.schedule(
    "run-addition-task",
    rota.every(seconds=60),
    rota.command("run_addition_task", x=10, y=20, verbose=True),
    title="Addition task",
    category=MAINTENANCE,
    description="A management command on a schedule.",
    catch_up="none",
)
