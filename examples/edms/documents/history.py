"""A past for the demo: a week of runs up to yesterday 22:00 UTC, when everything was stopped and left.

Nothing is written by hand. The clock is put back, and the same planner, claim and finish that work in real life write
the ledger; only the outcomes are invented, by a fixed random seed.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from rota import clock
from rota.ledger.claim import Claimed, claim
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.ledger.plan import next_due_at, plan_due
from rota.models import Outcome
from rota.processes import rows
from rota.schedules import registry
from rota.schedules.declaration import Declaration
from rota.schedules.sync import apply

SEED = 7
USING = "default"
WEEKLY = {"verify-audit-trail-checksums", "send-test-email"}
DAILY = WEEKLY | {
    "process-periodic-reviews", "send-daily-health-report", "cleanup-celery-results", "run-daily-integrity-check",
    "tempo-sync-daily",
}  # fmt: skip
BUSY = {"run-addition-task", "tempo-sync-hours"}
SECONDS = {"check_ledger": 2.4, "sync_hours": 1.3, "send_health_report": 0.7, "run_command": 0.2}
"""About how long tasks took; all others 0.3 s."""
WORKER = "edms-1:4411"


def stopped_at(now: datetime) -> datetime:
    """Yesterday, 22:00 UTC: the last moment at which anything was planned."""
    return (now - timedelta(days=1)).replace(hour=22, minute=0, second=0, microsecond=0)


def live_until(end: datetime) -> None:
    """Eight days of the weekly schedule, four of the daily, one of all but the busiest, and of these some minutes."""
    registry.load()
    declared = registry.declarations()
    life = _Life(random.Random(SEED))
    chapters = [
        (end - timedelta(days=8), WEEKLY),
        (end - timedelta(days=4), DAILY),
        (end - timedelta(days=1), declared.keys() - BUSY),
        (end - timedelta(minutes=14), declared.keys()),
    ]
    for (start, keys), until in zip(chapters, [start for start, _ in chapters[1:]] + [end], strict=True):
        life.declare({key: declared[key] for key in keys}, start)
        life.live(until)
    life.stop(end)


class _Life:
    """One supervisor with one worker, in the past."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.supervisor, self.worker = (
            uuid.UUID(int=dice.getrandbits(128)),
            uuid.UUID(int=dice.getrandbits(128)),
        )

    def declare(self, declared: Mapping[str, Declaration], at: datetime) -> None:
        with clock.frozen(at):
            apply(declared, using=USING, now=at)
            rows.register(self.supervisor, "supervisor", using=USING)
            rows.register(self.worker, "worker", using=USING, parent=self.supervisor)

    def live(self, until: datetime) -> None:
        """From one due instant to the next: plan, take what is ready, and end it."""
        while (due := next_due_at(using=USING)) is not None and due <= until:
            with clock.frozen(due + timedelta(seconds=0.4)):
                plan_due(using=USING, now=clock.now(USING))
                while claims := claim(self.worker, [], 50, using=USING):
                    self._end(claims)

    def stop(self, at: datetime) -> None:
        rows.beat(self.supervisor, using=USING, now=at)
        for process in (self.worker, self.supervisor):
            rows.stop(process, "stopped for a deploy", using=USING, now=at)

    def _end(self, claims: list[Claimed]) -> None:
        endings = [self._ending(claimed) for claimed in claims]
        finish(endings, using=USING, now=max(ending.finished_at for ending in endings))

    def _ending(self, claimed: Claimed) -> Ending:
        task = claimed.task_path.rpartition(".")[2]
        started = clock.now(USING)
        took = timedelta(seconds=SECONDS.get(task, 0.3) * self.dice.uniform(0.7, 1.6))
        trouble = self._trouble(task, claimed)
        return Ending(
            run_id=claimed.run_id, token=claimed.token, attempt=claimed.attempt, held_by=self.worker, worker=WORKER,
            started_at=started, finished_at=started + took, **trouble,
        )  # fmt: skip

    def _trouble(self, task: str, claimed: Claimed) -> dict[str, object]:
        """The time sheet service fails now and then and is asked again; once the mail server failed for good."""
        if task == "sync_hours" and claimed.attempt < claimed.max_attempts and self.dice.random() < 0.4:
            retry = claimed.terms.retry
            wait = retry.wait_after(claimed.attempt, self.dice.random()) if retry else None
            return _failure("urllib.error.HTTPError", "HTTP Error 503: Service Unavailable") | {
                "retry_in": wait
            }
        if task == "process_periodic_reviews" and self.dice.random() < 0.15:
            return _failure("smtplib.SMTPServerDisconnected", "Connection unexpectedly closed")
        return {"outcome": Outcome.SUCCEEDED, "log": ""}


def _failure(kind: str, message: str) -> dict[str, object]:
    traceback = f"Traceback (most recent call last):\n  …\n{kind}: {message}\n"
    return {"outcome": Outcome.FAILED, "error_class": kind, "error": message, "traceback": traceback}
