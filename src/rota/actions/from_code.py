"""What the project's code may ask for without saying who asks."""

from __future__ import annotations

import uuid

from rota.actions import cancelling
from rota.audit.actor import Actor
from rota.exceptions import InvalidInput
from rota.models import State


def cancel(run: uuid.UUID | str, *, attempt: int | None = None, reason: str = "", by: str = "code") -> bool:
    """Cancel a run by its id, a UUID or the text that a TaskResult has.

    True when it is cancelled by now; False when it runs, and its worker was asked to stop it. With `attempt`, only
    while that attempt is the one that runs or would be next. `reason` and `by` are kept in the audit trail. Raises
    InvalidInput for what is no id, UnknownName when there is no such run, Refused when it has ended or is at another
    attempt.
    """
    try:
        run_id = run if isinstance(run, uuid.UUID) else uuid.UUID(run)
    except (AttributeError, TypeError, ValueError):
        got = repr(run) if isinstance(run, str) else f"a {type(run).__name__}"
        hint = " Did you mean its id?" if hasattr(run, "id") else ""
        raise InvalidInput(f"run: expected a run's id, got {got[:80]}.{hint}") from None
    if attempt is not None and (isinstance(attempt, bool) or not isinstance(attempt, int)):
        raise InvalidInput(f"attempt: expected a whole number or None, got {attempt!r}.")
    for name, value in (("reason", reason), ("by", by)):
        if not isinstance(value, str):
            raise InvalidInput(f"{name}: expected a text, got {value!r}.")
    found = cancelling.cancel(run_id, Actor(by, channel="code"), reason, attempt)
    return found.state == State.CANCELLED
