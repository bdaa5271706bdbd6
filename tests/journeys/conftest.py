"""Schedules as the ledger's own tests make them."""

from tests.ledger.conftest import schedule

__all__ = ["schedule"]
