"""What a row is: one file per table. No verbs here; each table has one writing room."""

from rota.models.attempt import Attempt
from rota.models.audit_entry import AuditEntry
from rota.models.batch import Batch
from rota.models.cursor import Cursor
from rota.models.effect import Effect
from rota.models.gate import Gate
from rota.models.halt import Halt
from rota.models.open_attempt import OpenAttempt
from rota.models.process import Process
from rota.models.run import Run
from rota.models.schedule import Schedule
from rota.models.states import CatchUp, Origin, Outcome, Overlap, Reason, Source, State
from rota.models.tally import Tally
from rota.models.version import Version

__all__ = [
    "Attempt", "AuditEntry", "Batch", "CatchUp", "Cursor", "Effect", "Gate", "Halt", "OpenAttempt", "Origin", "Outcome",
    "Overlap", "Process", "Reason", "Run", "Schedule", "Source", "State", "Tally", "Version",
]  # fmt: skip
