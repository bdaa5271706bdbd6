"""How everything stands: one value for the run's result and for the mail."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from rota import clock, conf
from rota.models import State
from rota.queries import schedules
from rota.queries.schedules import Row
from rota.queries.status import Status, status
from rota.queries.words import duration

LOOKS_BAD = (State.FAILED.lower(), State.MISSED.lower(), State.HELD.lower())


@dataclasses.dataclass(frozen=True)
class Health:
    """`rows` are all schedules that are not retired, as the dashboard shows them."""

    now: datetime
    rows: list[Row]
    facts: Status

    @property
    def problems(self) -> list[str]:
        """What a person must look at, in sentences; empty when nothing is wrong."""
        return [*_standstill(self.facts), *_left_open(self.facts), *map(_problem, filter(_is_bad, self.rows))]

    @property
    def status(self) -> str:
        """`ok` or `problems`."""
        return "problems" if self.problems else "ok"

    @property
    def subject(self) -> str:
        """The mail's subject: what is wrong comes first."""
        count = len(self.problems)
        return (
            f"rota: {count} problem{'s' if count > 1 else ''}"
            if count
            else f"rota: all {len(self.rows)} schedules are well"
        )

    @property
    def text(self) -> str:
        """The mail: problems, then a line for each schedule."""
        head = [f"As of {self.now:%Y-%m-%d %H:%M} UTC."]
        wrong = ["", "To look at:", *(f"- {problem}" for problem in self.problems)] if self.problems else []
        return "\n".join([*head, *wrong, "", "Schedules:", *map(_line, self.rows), ""])

    def to_json(self) -> dict[str, Any]:
        """What a run's result holds."""
        return {
            "status": self.status,
            "at": self.now.isoformat(),
            "problems": self.problems,
            "waiting": self.facts.waiting,
            "running": self.facts.running,
            "schedules": {row.key: _facts(row) for row in self.rows},
        }


def look() -> Health:
    """Read how everything stands now; nothing is kept beside the ledger."""
    using = conf.current().DATABASE
    now = clock.now(using)
    return Health(now, schedules.overview(now, using=using), status(now, using=using))


def _is_bad(row: Row) -> bool:
    return row.standing.kind in LOOKS_BAD or bool(row.outage and row.outage.missed)


def _problem(row: Row) -> str:
    if row.standing.kind in LOOKS_BAD:
        return f"{row.title} ({row.key}): {row.standing.word.lower()} {row.standing.detail}".rstrip()
    missed = row.outage.missed if row.outage else 0
    reasons = " ".join(sentence for _, sentence in row.outage.reasons) if row.outage else ""
    return f"{row.title} ({row.key}): {missed} missed in the last outage. {reasons}"


def _standstill(facts: Status) -> list[str]:
    halted = [f"Planning is halted: {facts.halt.detail}"] if facts.halt else []
    return (
        halted
        if facts.alive.schedulers
        else [*halted, "No scheduler is alive. Start one with: manage.py rota run"]
    )


def _left_open(facts: Status) -> list[str]:
    open_letters = [f"{facts.failed} failed runs wait for a decision: rota failed"] if facts.failed else []
    return [
        *open_letters,
        *([f"{facts.held} held runs wait for a decision: rota held"] if facts.held else []),
    ]


def _line(row: Row) -> str:
    ran = f"{row.totals.runs} runs"
    rate = row.totals.success_rate
    share = (
        "" if rate is None else f", {rate:.0%} successful, on average {duration(row.totals.average_seconds)}"
    )
    upcoming = f"next {row.next_run:%Y-%m-%d %H:%M} UTC" if row.next_run else "no next run"
    return (
        f"- {row.title} ({row.key}): {row.standing.word} {row.standing.detail}".rstrip()
        + f"; {ran}{share}; {upcoming}"
    )


def _facts(row: Row) -> dict[str, Any]:
    return {
        "standing": row.standing.kind,
        "detail": row.standing.detail,
        "runs": row.totals.runs,
        "success_rate": row.totals.success_rate,
        "next_run": row.next_run.isoformat() if row.next_run else None,
    }
