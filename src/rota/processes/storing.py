"""Store outcomes, whatever one of them holds."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import Error, InterfaceError, OperationalError

from rota.ledger.connections import transient
from rota.ledger.ending import Ending
from rota.ledger.finish import finish
from rota.models import Attempt, Outcome

log = logging.getLogger("rota")


def store(endings: Sequence[Ending], *, using: str, now: datetime) -> int:
    """Write them; returns how many of them were final failures. An outcome whose run was taken over is dropped.

    Raises the database's errors when it is the database that fails, so that all of them can be stored again later.
    """
    try:
        _store_together(endings, using, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one of them cannot be stored, and must not hold up the others
        if isinstance(error, Error) and transient(error):
            raise
        log.exception("Storing %s outcome(s) failed; trying each alone.", len(endings))
        for ending in endings:
            _store_alone(ending, using, now)
    return sum(1 for ending in endings if ending.outcome in _FAILURES and ending.retry_in is None)


_FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT)


def _store_together(endings: Sequence[Ending], using: str, now: datetime) -> None:
    held = finish(endings, using=using, now=now)
    for ending in endings:
        if ending.run_id not in held:
            _tell_refused(ending, using)


def _store_alone(ending: Ending, using: str, now: datetime) -> None:
    try:
        _store_together([ending], using, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - then without anything that came from the task
        note = f"Its own texts could not be stored: {type(error).__name__}"
        bare = dataclasses.replace(ending, result=None, error=note, traceback="", log="")
        _store_together([bare], using, now)


def _tell_refused(ending: Ending, using: str) -> None:
    attempts = Attempt.objects.using(using).filter(run=ending.run_id, number=ending.attempt)
    if attempts.filter(held_by=ending.held_by, started_at=ending.started_at).exists():
        return  # it was stored, and only the answer was lost
    log.warning(
        "The outcome %r of attempt %s of run %s came too late: the run had been taken over. Nothing was written.",
        ending.outcome, ending.attempt, ending.run_id,
    )  # fmt: skip
