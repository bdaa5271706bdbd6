"""One module per verb: its help, its arguments, and what it does."""
