"""What was measured, said: reports, goals, best times."""
