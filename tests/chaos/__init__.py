"""Real processes, killed on purpose; and a checker that believes only the database and the witness files."""
