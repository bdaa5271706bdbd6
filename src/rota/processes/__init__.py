"""Loops that run for ever: a supervisor, its scheduler, its workers. The only writer of Process rows."""
