"""Let waiting runs through their gates: overlap, then concurrency, then rate.

A run with a gate waits outside the ready index until it is let through here. Counts come from the rows, so that a
crash leaks no place; what is locked is the gate's own row, in the order of the keys, never a row that a user's
transaction holds. A run that has passed one gate goes to the next in a transaction of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.db import DatabaseError, connections

from rota import clock
from rota.ledger import limits, line, overlaps, rates, strays, wake
from rota.ledger.chunks import chunks
from rota.ledger.connections import OWN_ALIAS, after_commit, insistently, transient, writing
from rota.ledger.keys import AFTER, LIMIT, OVERLAP, key_for
from rota.ledger.line import Passed
from rota.models import Gate, Run, State

__all__ = ["admit", "admit_after_commit", "key_for", "keys_of", "let_through", "prepare", "sweep"]

BATCH = 100
"""Keys per transaction."""

log = logging.getLogger("rota")


def keys_of(runs: Iterable[Run]) -> list[str]:
    """The gates these runs wait at, each once, in the order in which gates are locked."""
    waiting = {run.waits_at for run in runs if run.state == State.READY and run.waits_at}
    return sorted(key for key in waiting if not key.startswith(AFTER))


def admit(keys: Iterable[str], *, using: str, now: datetime) -> int:
    """Look at these gates in short transactions of their own; returns how many runs went to the workers."""
    return _admit(line.waited_for(keys, using), using, now)


def _admit(todo: Sequence[str], using: str, now: datetime) -> int:
    let = 0
    while todo:
        beyond: set[str] = set()
        for batch in chunks(todo, BATCH):
            prepare(batch, using=using)
            passed = insistently(partial(_look_alone, batch, using, now), using)
            let, beyond = let + passed.let, beyond | passed.beyond
        todo = sorted(beyond)
    return let


def admit_after_commit(runs: Iterable[Run], *, using: str) -> None:
    """Look at the gates of these new runs once they are committed. Rolled back, they never waited."""
    keys = keys_of(runs)
    if keys:
        after_commit(partial(_admit_new, keys, using), using)


def _admit_new(keys: Sequence[str], using: str) -> None:
    """What is written is written: when the database is busy, the next sweep of upkeep looks instead."""
    try:
        admit(keys, using=using, now=clock.now(using))
    except DatabaseError as error:
        if not transient(error):
            raise
        log.warning("The gates of new runs are looked at by the next sweep: %s", error)


def prepare(keys: Iterable[str], *, using: str) -> None:
    """Make the rows to lock, before the transaction that locks them: an insert inside it could deadlock (MySQL)."""
    wanted = set(keys)
    gates = Gate.objects.using(using)
    missing = wanted - set(gates.filter(key__in=wanted).values_list("key", flat=True))
    if missing:
        with writing(using):
            gates.bulk_create([Gate(key=key) for key in sorted(missing)], ignore_conflicts=True)


def sweep(*, using: str, now: datetime) -> int:
    """Let go on what waited for its time; then look at every gate where something waits: the rates flow on, and what
    a crash between two transactions left behind is healed."""
    strays.send_to_gates(using=using)
    let = 0
    while line.of_age(using, now).exists():
        come = insistently(partial(_come_of_age_alone, using, now), using)
        let += admit(come, using=using, now=now)
        if not come:
            break  # others are at it
    return let + sum(_sweep_page(page, using, now) for page in line.pages(using))


def _sweep_page(keys: Sequence[str], using: str, now: datetime) -> int:
    waited = line.waited_for(keys, using)
    strays.forget_ended(set(keys) - set(waited), using=using)
    return _admit(waited, using, now)


def _come_of_age_alone(using: str, now: datetime) -> frozenset[str]:
    with writing(using):
        return line.come_of_age(using, now)


def pass_new(runs: Iterable[Run], *, using: str, now: datetime) -> None:
    """Let new runs, which the caller will insert in this transaction, pass the gate of their schedule right away where
    nothing is open; with the gates prepared. The usual case at each due instant, and spared a second write."""
    lines: dict[str, list[Run]] = {}
    for run in runs:
        if run.waits_at and run.waits_at == run.gate_key:
            lines.setdefault(run.gate_key, []).append(run)
    free = {gate.key for gate in _locked(sorted(lines), using)} - overlaps.occupied(lines, using)
    for key in free:
        first, *others = lines[key]
        if not others:
            overlaps.pass_free(first, now)


def let_through(keys: Sequence[str], *, using: str, now: datetime) -> int:
    """Look at the gates of schedules in the caller's transaction, with `keys` prepared and sorted: that order prevents
    deadlocks. The others are shared with everybody, and are looked at right after the commit."""
    passed = _look([key for key in keys if key.startswith(OVERLAP)], using, now)
    beyond = passed.beyond | {key for key in keys if not key.startswith(OVERLAP)}
    if beyond:
        after_commit(partial(admit, beyond, using=using, now=now), using)
    return passed.let


def _look_alone(keys: Sequence[str], using: str, now: datetime) -> Passed:
    with writing(using):
        _see_what_is_committed(using)
        return _look(keys, using, now)


def _see_what_is_committed(using: str) -> None:
    """Under REPEATABLE READ, which a project may have chosen, a transaction that waited for a gate would not see who
    passed it meanwhile. Inside the user's own transaction nobody looks: that is done after its commit."""
    connection = connections[using]
    if connection.vendor == "postgresql" and using != OWN_ALIAS:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def _look(keys: Sequence[str], using: str, now: datetime) -> Passed:
    gates = _locked(keys, using)
    # A gate whose row was removed as idle meanwhile is looked at again, with a new one.
    let, beyond = 0, frozenset(keys) - {gate.key for gate in gates}
    for gate in gates:
        passed = _look_at(gate, using, now)
        let, beyond = let + passed.let, beyond | passed.beyond
    wake.workers(let, using=using)
    return Passed(let, frozenset(key for key in beyond if not key.startswith(AFTER)))


def _locked(keys: Sequence[str], using: str) -> list[Gate]:
    return list(Gate.objects.using(using).select_for_update().filter(key__in=keys).order_by("key"))


def _look_at(gate: Gate, using: str, now: datetime) -> Passed:
    if gate.key.startswith(OVERLAP):
        return overlaps.look(gate.key, using=using, now=now)
    if gate.key.startswith(LIMIT):
        return limits.look(gate.key, using=using, now=now)
    return rates.look(gate, using=using, now=now)
