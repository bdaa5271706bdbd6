"""The end of a child, with evidence: what a person will read, and what its runs are judged by."""

from __future__ import annotations

import dataclasses
import signal
import uuid

from rota.ledger.ending import Ending
from rota.models import Outcome
from rota.processes.slate import Slot


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Why the supervisor ended a child: for the sake of one attempt."""

    run_id: uuid.UUID
    token: int
    outcome: str
    detail: str


@dataclasses.dataclass(frozen=True, slots=True)
class Death:
    """A child that is no more. `begun` and `endings` were read from its slate after it had ended."""

    process_id: uuid.UUID
    role: str
    detail: str
    begun: tuple[Slot, ...] = ()
    endings: tuple[Ending, ...] = ()
    verdict: Verdict | None = None

    @property
    def outcome(self) -> str:
        """The outcome of the attempts in `burned`."""
        return self.verdict.outcome if self.verdict is not None else Outcome.LOST

    @property
    def reason(self) -> str:
        """In words, for the attempt's error."""
        return self.verdict.detail if self.verdict is not None else f"The worker died: {self.detail}."

    @property
    def burned(self) -> set[tuple[uuid.UUID, int]]:
        """The attempts that end with this child and count, as (run id, token).

        Where one attempt was the reason it is that one, or none at all when it had ended by itself meanwhile.
        """
        begun = {(slot.run_id, slot.token) for slot in self.begun}
        return begun if self.verdict is None else begun & {(self.verdict.run_id, self.verdict.token)}

    @property
    def spared(self) -> set[tuple[uuid.UUID, int]]:
        """The attempts that had begun and end with this child because of another one: they do not count."""
        return {(slot.run_id, slot.token) for slot in self.begun} - self.burned

    @property
    def why_spared(self) -> str:
        """In words, for the error of those in `spared`."""
        if self.verdict is None:
            return ""
        return f"Its process was ended because of run {self.verdict.run_id}: {self.verdict.detail} This does not count."


def status_of(exitcode: int | None) -> str:
    """'exit status 1' or 'killed by signal 9 (SIGKILL)'."""
    if exitcode is None or exitcode >= 0:
        return f"exit status {exitcode}"
    try:
        return f"killed by signal {-exitcode} ({signal.Signals(-exitcode).name})"
    except ValueError:
        return f"killed by signal {-exitcode}"
