"""Runs: searched, and one of them with everything that happened to it."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import datetime

from django.db.models import Q

from rota.exceptions import InvalidInput, UnknownName, did_you_mean, nearest
from rota.models import Attempt, OpenAttempt, Run, State
from rota.models.states import ENDED
from rota.queries import ids
from rota.queries.ids import first_id_at


@dataclasses.dataclass(frozen=True)
class Detail:
    """One run with its attempts, oldest first, the run it retries, and those that retry it.

    `shown` is the log and the progress of the attempt that is running, at most a second or two old.
    """

    run: Run
    attempts: list[Attempt]
    retried_by: list[uuid.UUID]
    shown: OpenAttempt | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the run."""
        return self.run.state in ENDED

    @property
    def attempt(self) -> int:
        """The number of the attempt that runs, or that ran last; 0 before the first."""
        return self.run.attempt_count + (self.run.state == State.RUNNING)

    @property
    def seconds(self) -> float | None:
        """The duration of the last attempt that ended."""
        if not self.attempts:
            return None
        return (self.attempts[-1].finished_at - self.attempts[-1].started_at).total_seconds()


def search(
    *,
    using: str,
    state: str = "",
    task: str = "",
    schedule: str = "",
    queue: str = "",
    batch: uuid.UUID | None = None,
    since: datetime | None = None,
    before: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Run]:
    """Runs, newest first, each with its schedule; one query. `before` (an id) goes on where a page ended.

    `task` is a path or the last part of one, `schedule` a key, `since` a time of enqueueing (aware).
    Raises InvalidInput for a state that does not exist.
    """
    found = Run.objects.using(using).select_related("schedule").order_by("-pk")
    if state:
        found = found.filter(state=state_named(state))
    if task:
        found = found.filter(Q(task_path=task) | Q(task_path__endswith=f".{task}"))
    if schedule:
        found = found.filter(schedule__key=schedule)
    if queue:
        found = found.filter(queue_name=queue)
    if batch is not None:
        found = found.filter(batch=batch)
    if since is not None:
        found = found.filter(enqueued_at__gte=since)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.defer("args", "kwargs", "result", "terms")[:limit])


def held(*, using: str, schedule: str = "", limit: int | None = None) -> list[Run]:
    """Runs that wait for a person's decision, by schedule and instant."""
    found = Run.objects.using(using).filter(state=State.HELD, finished_at=None).select_related("schedule")
    if schedule:
        found = found.filter(schedule__key=schedule)
    return list(found.order_by("schedule__key", "due_at")[:limit])


def find(text: str, *, using: str) -> Run:
    """The run with this id, or with the one id that begins so (at least 6 characters). Raises UnknownName."""
    return ids.found(Run, "run", text, using=using)


def detail(run_id: uuid.UUID, *, using: str) -> Detail:
    """One run with its attempts; three queries, four while it runs. Raises UnknownName when there is none."""
    run = Run.objects.using(using).select_related("schedule").filter(pk=run_id).first()
    if run is None:
        raise UnknownName(f"There is no run {str(run_id)!r}.")
    attempts = list(Attempt.objects.using(using).filter(run=run).order_by("number"))
    return Detail(run, attempts, _retries_of(run, using), _shown(run, using))


def state_named(text: str) -> str:
    """The state a person named, in any case. Raises InvalidInput with the nearest."""
    if text.upper() not in State.values:
        hint = did_you_mean(nearest(text, [value.lower() for value in State.values]))
        raise InvalidInput(f"state: expected one of {', '.join(State.values).lower()}, got {text!r}.{hint}")
    return text.upper()


def _shown(run: Run, using: str) -> OpenAttempt | None:
    # The token is the fence here too: what an attempt before this one left there is not this one's.
    if run.state != State.RUNNING or run.token is None:
        return None
    return OpenAttempt.objects.using(using).filter(pk=run.pk, token=run.token).first()


def _retries_of(run: Run, using: str) -> list[uuid.UUID]:
    # Only a settled run can have been run again, and there is no index on retry_of.
    if run.settled_at is None:
        return []
    newer = Run.objects.using(using).filter(retry_of=run.pk, pk__gte=first_id_at(run.enqueued_at))
    return list(newer.order_by("pk").values_list("pk", flat=True))
