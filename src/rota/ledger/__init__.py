"""The only writer of runs, attempts, cursors, gates, tallies and halts. One verb a file."""
