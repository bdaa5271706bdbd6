"""About two hundred documents as a mid-sized manufacturer has them; the same ones each time."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from documents.models import Document, PeriodicReview, Workflow

SEED = 21
KINDS = {"SOP": "Procedure", "WI": "Work instruction", "FRM": "Form", "POL": "Policy"}
DEPARTMENTS = {
    "Quality": ["Deviation handling", "Corrective and preventive action", "Change control", "Internal audit",
                "Batch record review", "Complaint handling", "Document control", "Supplier qualification"],
    "Production": ["Line clearance", "Granulation", "Tablet compression", "Film coating", "Packaging line set-up",
                   "Cleaning of the fluid bed dryer", "In-process control", "Yield reconciliation"],
    "Laboratory": ["Calibration of balances", "Dissolution testing", "HPLC system suitability", "Stability samples",
                   "Out-of-specification results", "Reference standards", "Water sampling", "Reagent labelling"],
    "Engineering": ["Preventive maintenance", "Temperature mapping", "Compressed air monitoring", "Clean room entry",
                    "Emergency power test", "Calibration of sensors", "Spare parts", "Alarm handling"],
    "IT": ["Backup and restore", "User access review", "Computer system validation", "Incident handling",
           "Server patching", "Audit trail review", "Data archiving", "Electronic signatures"],
}  # fmt: skip
PEOPLE = [
    "ana.bianchi",
    "jonas.weber",
    "priya.nair",
    "marie.dubois",
    "tom.oconnell",
    "lucia.ferrer",
    "kenji.mori",
]
STEPS = ["review", "approval", "training"]


def make_documents(now: datetime, count: int = 200) -> list[Document]:
    """Write `count` documents, with dates around `now`, their open workflows and their periodic reviews."""
    dice = random.Random(SEED)
    documents = Document.objects.bulk_create(_document(n, dice, now) for n in range(count))
    Workflow.objects.bulk_create(_workflow(document, dice, now) for document in documents[::3])
    PeriodicReview.objects.bulk_create(
        PeriodicReview(document=document, due_on=(now + timedelta(days=dice.randint(-3, 60))).date())
        for document in documents
        if document.status == Document.Status.EFFECTIVE
    )
    return documents


def _document(n: int, dice: random.Random, now: datetime) -> Document:
    kind, department = dice.choice(list(KINDS)), dice.choice(list(DEPARTMENTS))
    status = dice.choices(list(Document.Status), weights=[2, 4, 8, 1])[0]
    hours = {"approved": (-20, 72), "effective": (-9000, -30), "obsolete": (-20000, -9000)}.get(status)
    effective = now + timedelta(hours=dice.uniform(*hours)) if hours else None
    return Document(
        number=f"{kind}-{n + 101:04}",
        title=f"{KINDS[kind]}: {dice.choice(DEPARTMENTS[department])}",
        department=department,
        owner=_mail(dice),
        status=status,
        effective_on=effective,
        obsolete_on=_withdrawal(status, dice, now),
    )


def _withdrawal(status: str, dice: random.Random, now: datetime) -> datetime | None:
    """A third of what is in force ends within the next days or should have ended in the last hours."""
    if status == Document.Status.OBSOLETE:
        return now - timedelta(days=dice.randint(30, 300))
    if status == Document.Status.EFFECTIVE and dice.random() < 0.3:
        return now + timedelta(hours=dice.uniform(-20, 90))
    return None


def _workflow(document: Document, dice: random.Random, now: datetime) -> Workflow:
    deadline = now + timedelta(hours=dice.uniform(-24, 120))
    return Workflow(document=document, step=dice.choice(STEPS), assignee=_mail(dice), deadline=deadline)


def _mail(dice: random.Random) -> str:
    return f"{dice.choice(PEOPLE)}@example.org"
