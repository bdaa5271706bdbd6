"""Runs inside the example project, as its own process: each schedule once, by the same verbs as a worker.

Prints one JSON object: by key, what became of the run, and what was in the database and the mail box before and after.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "examples" / "edms"))
os.environ["DJANGO_SETTINGS_MODULE"] = "edms.settings"


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    prepare()
    print(json.dumps({key: perform_one(key) for key in keys()}))


def prepare() -> None:
    """Documents around now, every schedule, two old results to clean up, and a time sheet service that answers."""
    import threading

    from django.conf import settings
    from django.utils import timezone
    from documents.factory import make_documents
    from tempo.service import Service

    from rota import clock
    from rota.schedules.sync import sync

    service = Service(failing=0)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    settings.TEMPO_URL = service.url
    make_documents(timezone.now())
    long_ago = clock.now("default") - timedelta(days=100)
    with clock.frozen(long_ago):
        sync(using="default", now=long_ago)
        for _ in range(2):
            perform_one("run-addition-task")


def keys() -> list[str]:
    from rota.models import Schedule

    return sorted(Schedule.objects.values_list("key", flat=True))


def perform_one(key: str) -> dict[str, Any]:
    from rota import clock
    from rota.actions import Actor, run_now
    from rota.execution.perform import perform
    from rota.ledger.claim import claim
    from rota.ledger.finish import finish
    from rota.models import Run

    before = facts()
    receipt = run_now(key, Actor("the test", channel="cli"))
    holder = uuid.uuid4()
    (claimed,) = [one for one in claim(holder, [], 10, using="default") if one.run_id == receipt.run_id]
    finish([perform(claimed, worker="test", holder=holder)], using="default", now=clock.now("default"))
    run = Run.objects.get(pk=receipt.run_id)
    attempt = run.attempts.get()
    told = {"state": run.state, "result": run.result, "error": attempt.error, "log": attempt.log}
    return {**told, "before": before, "after": facts()}


def facts() -> dict[str, Any]:
    from django.conf import settings
    from documents.models import Document, Notification, PeriodicReview, Workflow
    from tempo.models import TimeEntry

    from rota.models import Run

    box = Path(settings.MAIL_BOX)
    # Mails of the same second may share a file; a line of dashes ends each.
    text = "".join(path.read_text() for path in sorted(box.iterdir())) if box.exists() else ""
    mails = [mail.strip() for mail in text.split("-" * 79) if mail.strip()]
    return {
        "approved": Document.objects.filter(status="approved").count(),
        "effective": Document.objects.filter(status="effective").count(),
        "obsolete": Document.objects.filter(status="obsolete").count(),
        "notifications": Notification.objects.count(),
        "overdue": Workflow.objects.filter(state="overdue").count(),
        "asked": PeriodicReview.objects.exclude(asked_at=None).count(),
        "entries": TimeEntry.objects.count(),
        "runs": Run.objects.count(),
        "mails": mails,
    }


if __name__ == "__main__":
    main()
