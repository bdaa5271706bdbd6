"""What can be asked of the ledger. Nothing here writes, and nothing is kept beside the ledger that could drift."""
