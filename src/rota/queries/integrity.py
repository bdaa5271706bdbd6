"""Does the ledger keep its promises? For those who may only ask."""

from __future__ import annotations

from rota.ledger.integrity import Problem, check

__all__ = ["Problem", "check"]
