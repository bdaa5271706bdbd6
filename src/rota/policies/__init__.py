"""What an owner chose, as pure values: catch-up, overlap, retry, timeouts. No Django, no clock, no I/O."""

from rota.policies.definition import Definition
from rota.policies.retry import Retry, retry
from rota.policies.terms import Terms

__all__ = ["Definition", "Retry", "Terms", "retry"]
