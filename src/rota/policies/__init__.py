"""What an owner chose, as pure values: catch-up, overlap, retry, limits, timeouts. No Django, no clock, no I/O."""

from rota.policies.definition import Definition
from rota.policies.limits import Limit, limit
from rota.policies.retry import Retry, retry
from rota.policies.terms import Terms

__all__ = ["Definition", "Limit", "Retry", "Terms", "limit", "retry"]
