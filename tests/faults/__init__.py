"""The faults of docs/faults.md, with real processes and real databases. An app, so that workers find its tasks."""
