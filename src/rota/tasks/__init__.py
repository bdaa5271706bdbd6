"""Tasks that come with rota, to be put on a schedule: pruning, checks, reports by mail.

    rota.schedule("nightly-cleanup", rota.cron("0 3 * * *"), rota.tasks.prune_runs, kwargs={"days_to_keep": 30})

A check that finds something raises `ProblemFound`, so that its run is FAILED and stays until somebody deals with it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from rota import clock, conf
from rota.actions import Actor, prune
from rota.exceptions import InvalidInput
from rota.queries.integrity import check
from rota.queries.trail import verify
from rota.schedules.home import builtin
from rota.tasks import health, mail
from rota.tasks.problem import ProblemFound

__all__ = [
    "ProblemFound", "check_ledger", "prune_runs", "report_health", "send_health_report", "send_test_email",
    "verify_audit_trail",
]  # fmt: skip

logger = logging.getLogger(__name__)


@builtin
def prune_runs(days_to_keep: int = 90) -> dict[str, int]:
    """Remove runs that ended more than `days_to_keep` days ago; what they added up to stays; audited.

    Failed runs stay until somebody has dealt with them, and so do the last run and last success of each schedule.
    Raises InvalidInput for fewer than 1 day.
    """
    if days_to_keep < 1:
        raise InvalidInput(f"prune_runs: expected days_to_keep to be at least 1, got {days_to_keep}.")
    pruned = prune(Actor("rota"), older_than=timedelta(days=days_to_keep))
    logger.info("removed %d rows that stood for %d runs", pruned.rows, pruned.instants)
    return {"rows": pruned.rows, "runs": pruned.instants}


@builtin
def verify_audit_trail() -> dict[str, Any]:
    """Recompute the checksums of the whole audit trail. Raises ProblemFound at the first entry that does not hold."""
    verdict = verify(using=conf.current().DATABASE)
    if not verdict.ok:
        raise ProblemFound(f"The audit trail was tampered with. {verdict.damage}")
    for note in verdict.notes:
        logger.warning(note)
    return {"entries": verdict.entries, "head": verdict.head, "notes": list(verdict.notes)}


@builtin
def check_ledger() -> dict[str, int]:
    """Check that the ledger keeps its promises. Raises ProblemFound with everything that does not hold."""
    using = conf.current().DATABASE
    problems = check(using=using, now=clock.now(using))
    if problems:
        found = "; ".join(f"{problem.subject} {problem.what}" for problem in problems[:20])
        raise ProblemFound(f"The ledger contradicts itself in {len(problems)} places: {found}.")
    return {"problems": 0}


@builtin
def report_health() -> dict[str, Any]:
    """How every schedule stands, as the run's result."""
    return health.look().to_json()


@builtin
def send_health_report() -> dict[str, Any]:
    """Mail the state of every schedule to ROTA["MAIL_TO"]. Raises ProblemFound when nobody is to get it."""
    found = health.look()
    return {"sent_to": mail.send(found.subject, found.text), "status": found.status}


@builtin
def send_test_email(to: str | None = None) -> dict[str, Any]:
    """Send a mail that shows that mail works, to `to` or else to ROTA["MAIL_TO"]."""
    using = conf.current().DATABASE
    text = f"This mail was asked for at {clock.now(using):%Y-%m-%d %H:%M:%S} UTC. Mail from rota works.\n"
    return {"sent_to": mail.send("rota: test mail", text, to)}
