"""Dead letters: FAILED runs that nobody has run again or discarded; listed, and grouped by what they have in common."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Count, F, FilteredRelation, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate

from rota.models import Run, State


@dataclasses.dataclass(frozen=True, kw_only=True)
class Letters:
    """Which dead letters are meant; what is empty does not matter.

    `task` is a path or the last part of one, `error` an exception class in the same way, `schedule` a key; `since` and
    `until` are times of failure (aware, both included).
    """

    task: str = ""
    error: str = ""
    queue: str = ""
    schedule: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def to_json(self) -> dict[str, str]:
        """What is given, as the audit trail keeps it."""
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in given.items()
            if value
        }


@dataclasses.dataclass(frozen=True)
class Group:
    """Dead letters of one task with one exception on one day (UTC); `example` is the newest of them."""

    day: date
    task_path: str
    error_class: str
    count: int
    first: datetime
    last: datetime
    example: uuid.UUID


def matching(letters: Letters, *, using: str) -> QuerySet[Run]:
    """The dead letters that are meant; each has the `error_class` of its last attempt, NULL when there is none."""
    last = FilteredRelation("attempts", condition=Q(attempts__number=F("attempt_count")))
    found = Run.objects.using(using).filter(
        # What has failed has this time too; said so, the index of both is read and nothing else.
        state=State.FAILED, finished_at__isnull=False, settled_at__isnull=True,
    )  # fmt: skip
    found = found.annotate(last=last, error_class=F("last__error_class"))
    if letters.task:
        found = found.filter(_named("task_path", letters.task))
    if letters.error:
        found = found.filter(_named("error_class", letters.error))
    if letters.schedule:
        found = found.filter(schedule__key=letters.schedule)
    if letters.queue:
        found = found.filter(queue_name=letters.queue)
    if letters.since is not None:
        found = found.filter(finished_at__gte=letters.since)
    if letters.until is not None:
        found = found.filter(finished_at__lte=letters.until)
    return found


def newest(letters: Letters, *, using: str, limit: int | None = None) -> list[Run]:
    """The newest first, each with its schedule and its attempts; two queries."""
    found = matching(letters, using=using).select_related("schedule").prefetch_related("attempts")
    return list(found.order_by("-finished_at", "-pk")[:limit])


def oldest(letters: Letters, *, using: str, limit: int) -> list[uuid.UUID]:
    """The ids of the oldest, which are dealt with first."""
    found = matching(letters, using=using).order_by("finished_at", "pk")
    return list(found.values_list("pk", flat=True)[:limit])


def count(letters: Letters, *, using: str) -> int:
    """How many there are."""
    return matching(letters, using=using).count()


def groups(letters: Letters, *, using: str, limit: int = 100) -> list[Group]:
    """What failed together, the newest day and the largest group first; two queries, whatever their number."""
    found = matching(letters, using=using).annotate(day=TruncDate("finished_at", tzinfo=UTC))
    by = ("day", "task_path", "error_class")
    counted = (
        found.order_by()
        .values(*by)
        .annotate(n=Count("pk"), first=Min("finished_at"), last_one=Max("finished_at"))
    )
    rows = list(counted.order_by("-day", "-n", "task_path", "error_class")[:limit])
    examples = _examples(letters, {row["last_one"] for row in rows}, using)
    return [
        Group(
            row["day"], row["task_path"], row["error_class"] or "", row["n"], row["first"], row["last_one"],
            examples[row["last_one"], row["task_path"], row["error_class"]],
        )
        for row in rows
    ]  # fmt: skip


def _examples(letters: Letters, moments: set[datetime], using: str) -> dict[Any, uuid.UUID]:
    """The newest of each group, found by the moment at which it failed."""
    at_that_moment: QuerySet[Any] = (
        matching(letters, using=using).filter(finished_at__in=moments).order_by("pk")
    )
    rows = at_that_moment.values("finished_at", "task_path", "error_class", "pk")
    return {(row["finished_at"], row["task_path"], row["error_class"]): row["pk"] for row in rows}


def _named(field: str, name: str) -> Q:
    return Q(**{field: name}) | Q(**{f"{field}__endswith": f".{name}"})
