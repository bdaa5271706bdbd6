"""State as a badge: colour, icon and word together, never colour alone."""

from __future__ import annotations

import dataclasses

from rota.models import Run, State


@dataclasses.dataclass(frozen=True)
class Badge:
    """`look` is a CSS class, `icon` a symbol of the sprite, `title` the word that tables and commands use."""

    word: str
    look: str
    icon: str
    title: str = ""


QUEUED = Badge("Queued", "waits", "lines", State.READY)
RETRYING = Badge("Retrying", "again", "again", State.READY)
RECOVERED = Badge("Recovered", "made-up", "again")

_BY_STATE = {
    State.READY: QUEUED,
    State.RUNNING: Badge("Running", "busy", "ring", State.RUNNING),
    State.SUCCESSFUL: Badge("Successful", "good", "check", State.SUCCESSFUL),
    State.FAILED: Badge("Failed", "bad", "cross", State.FAILED),
    State.CANCELLED: Badge("Cancelled", "not-run", "square", State.CANCELLED),
    State.HELD: Badge("Held", "late", "hand", State.HELD),
    State.SKIPPED: Badge("Skipped", "not-run", "skip", State.SKIPPED),
    State.MISSED: Badge("Missed", "missed", "alert", State.MISSED),
}
_BY_KIND = {
    "retired": Badge("Retired", "not-run", "square"),
    "paused": Badge("Paused", "not-run", "pause"),
    "manual": Badge("Manual only", "not-run", "hand"),
    "never": Badge("Never run", "not-run", "minus"),
}


def of_state(state: str, attempts: int = 0) -> Badge:
    """The badge of a run's state. One that this version does not know is shown as it is."""
    if state == State.READY and attempts:
        return RETRYING
    found = _BY_STATE.get(State(state)) if state in State.values else None
    return found or Badge(state, "not-run", "minus", state)


def of_run(run: Run) -> Badge:
    """The badge of a run; one that waits after a failed attempt is retrying."""
    return of_state(run.state, run.attempt_count)


def of_standing(kind: str, attempts: int = 0) -> Badge:
    """The badge of how a schedule stands (`queries.standing`)."""
    return _BY_KIND.get(kind) or of_state(kind.upper(), attempts)
