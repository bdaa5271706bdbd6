"""Runs that belong together: when the last has ended, the batch is finished and what follows is enqueued, once."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from rota import clock
from rota.ledger import effects, gates
from rota.ledger.connections import insistently, writing
from rota.ledger.effects import Holder
from rota.ledger.enqueue import Order, enqueue
from rota.models import Batch, Run, State
from rota.policies import Terms

DONE, SUCCEEDED, FAILED = "done", "succeeded", "failed"
OPEN = (State.READY, State.RUNNING, State.HELD)
AT_ONCE = 100
"""Batches that one sweep looks at."""

_PLAIN = ("task_path", "args", "kwargs", "queue_name", "priority", "backend", "limit_key", "rate_key")


@contextlib.contextmanager
def opened(batch_id: uuid.UUID, name: str, then: Mapping[str, Order], *, using: str) -> Iterator[None]:
    """A new batch, for as long as the block puts runs into it; sealed at its end, and finished if there are none.

    All of it is one transaction, or a part of the caller's: nobody ever sees a batch that is not sealed. `then` is what
    follows: DONE in any case, SUCCEEDED or FAILED as the runs have ended.
    """
    following = [{"on": on, "order": _to_json(order)} for on, order in then.items()]
    with writing(using):
        Batch.objects.using(using).create(id=batch_id, name=name, created_at=clock.now(using), then=following)
        yield
        now = clock.now(using)
        Batch.objects.using(using).filter(pk=batch_id).update(sealed_at=now)
        if not Run.objects.using(using).filter(batch=batch_id).exists():
            _finish(batch_id, using, now)


@contextlib.contextmanager
def adding(holder: Holder, *, using: str) -> Iterator[None]:
    """A transaction in which a run of the batch may put more into it: as long as it is not ended, the batch is not.

    Raises AttemptLost when the attempt no longer holds that run.
    """
    with writing(using):
        effects.hold(holder, using=using)
        yield


def complete(batch_ids: Iterable[uuid.UUID], *, using: str, now: datetime) -> int:
    """Finish those of these batches whose runs have all ended; returns how many this call finished.

    Of the many that look at once, after the last runs ended at once, one finds `finished_at` empty.
    """
    return sum(
        insistently(partial(_finish_alone, batch_id, using, now), using)
        for batch_id in sorted(batch_ids)
        if not _open_runs(batch_id, using).exists()
    )


def sweep(*, using: str, now: datetime) -> int:
    """Finish what a crash between the end of the last run and the look at its batch has left unfinished."""
    going_on = Run.objects.using(using).filter(batch=OuterRef("pk"), state__in=OPEN)
    left = Batch.objects.using(using).filter(
        ~Exists(going_on), finished_at__isnull=True, sealed_at__isnull=False
    )
    return complete(left.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE], using=using, now=now)


def unsuccessful(batch_id: uuid.UUID, *, using: str) -> QuerySet[Run]:
    """The runs that have ended otherwise than well; not those that another run of the batch stands for."""
    runs = Run.objects.using(using).filter(batch=batch_id)
    again = runs.filter(retry_of__isnull=False).values("retry_of")
    return runs.exclude(state__in=(*OPEN, State.SUCCESSFUL)).exclude(pk__in=again)


def _open_runs(batch_id: uuid.UUID, using: str) -> QuerySet[Run]:
    return Run.objects.using(using).filter(batch=batch_id, state__in=OPEN)


def _finish_alone(batch_id: uuid.UUID, using: str, now: datetime) -> bool:
    with writing(using):
        return _finish(batch_id, using, now)


def _finish(batch_id: uuid.UUID, using: str, now: datetime) -> bool:
    """In the caller's transaction: stamp it, and enqueue what follows; both or neither."""
    mine = Batch.objects.using(using).filter(pk=batch_id, finished_at__isnull=True, sealed_at__isnull=False)
    if not mine.update(finished_at=now):
        return False
    batch = Batch.objects.using(using).get(pk=batch_id)
    wanted = {DONE, *(_outcome(batch_id, using) if batch.then else ())}
    orders = [_from_json(each["order"]) for each in batch.then if each["on"] in wanted]
    gates.admit_after_commit(enqueue(orders, using=using, now=now), using=using)
    return True


def _outcome(batch_id: uuid.UUID, using: str) -> tuple[str]:
    return (FAILED if unsuccessful(batch_id, using=using).exists() else SUCCEEDED,)


def _to_json(order: Order) -> dict[str, Any]:
    plain = {name: getattr(order, name) for name in _PLAIN}
    return {**plain, "terms": order.terms.to_json()}


def _from_json(value: dict[str, Any]) -> Order:
    known = {name: value[name] for name in _PLAIN if name in value}
    return Order(**{**known, "terms": Terms.from_json(value.get("terms"))})
