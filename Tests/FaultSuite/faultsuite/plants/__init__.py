"""Planted bugs, and for each the scenario in which the checker must find it."""
