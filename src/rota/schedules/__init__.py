"""What is declared: tasks, schedules and their owners."""
