"""What an operator can do: each a verb of the ledger or of the schedules, and one entry of the audit, together.

A click, a request and a command are the same call; none of these functions knows who called.
"""

from rota.actions.cancelling import cancel
from rota.actions.clock import accept_clock
from rota.actions.dead import Settled, discard_matching, retry_matching
from rota.actions.deciding import drop_held, release_held
from rota.actions.editing import change_schedule, create_schedule, retire_schedule
from rota.actions.letters import discard, retry
from rota.actions.manual import run_now
from rota.actions.pausing import pause, resume
from rota.actions.pruning import prune
from rota.actions.receipt import Receipt
from rota.actions.syncing import sync
from rota.audit.actor import Actor

__all__ = [
    "Actor", "Receipt", "Settled", "accept_clock", "cancel", "change_schedule", "create_schedule",
    "discard", "discard_matching", "drop_held", "pause", "prune", "release_held", "resume",
    "retire_schedule", "retry", "retry_matching", "run_now", "sync",
]  # fmt: skip
