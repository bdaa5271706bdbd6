"""`rota status`: is everything all right, in a few lines."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from rota import clock, conf
from rota.management.exits import Exit
from rota.management.output import Output
from rota.queries.status import Status, status
from rota.queries.words import relative, several

HELP = "Say who is alive, what waits, runs and failed, and what is next. Exit 69 when nothing is alive."


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(options: Namespace, out: Output) -> int:
    """Exit 1 when planning is halted."""
    using = conf.current().DATABASE
    found = status(clock.now(using), using=using)
    if out.json:
        out.data(_facts(found))
    else:
        _tell(found, out)
    if found.dead:
        return Exit.NOTHING_ALIVE
    return Exit.FAILED if found.halt else Exit.FINE


def _tell(found: Status, out: Output) -> None:
    alive = found.alive
    if found.halt:
        out.line(
            f"HALTED     {found.halt.detail} Planning stands still until: manage.py rota accept-clock",
            "ERROR",
        )
    if found.dead:
        out.line("Nothing is alive. Start with: manage.py rota run", "ERROR")
    oldest = f", oldest since {relative(found.oldest_ready_at, found.now)}" if found.oldest_ready_at else ""
    parked = f", {found.parked:,} parked (no worker knows their task)" if found.parked else ""
    coming = f"{found.next_key} {out.ahead(found.next_due_at, found.now)}" if found.next_due_at else "nothing"
    out.pairs({
        "Schedulers": f"{len(alive.schedulers)} alive",
        "Workers": f"{len(alive.workers)} alive, {several(alive.slots, 'slot')}",
        "Waiting": f"{found.waiting:,}{oldest}{parked}",
        "Running": f"{found.running:,}",
        "Failed": f"{found.failed:,} wait for a decision: manage.py rota failed" if found.failed else "0",
        "Held": f"{found.held:,} wait for a decision: manage.py rota held" if found.held else "0",
        "Next": coming,
    })  # fmt: skip


def _facts(found: Status) -> dict[str, object]:
    return {
        "at": found.now, "schedulers": len(found.alive.schedulers), "workers": len(found.alive.workers),
        "slots": found.alive.slots, "waiting": found.waiting, "oldest_ready_at": found.oldest_ready_at,
        "parked": found.parked, "running": found.running, "failed": found.failed, "held": found.held,
        "next": {"key": found.next_key, "at": found.next_due_at} if found.next_due_at else None,
        "halted": found.halt.detail if found.halt else None,
    }  # fmt: skip
