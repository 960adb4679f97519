"""A wall clock of its own for each host."""
