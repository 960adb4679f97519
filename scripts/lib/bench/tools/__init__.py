"""Programs that a measurement runs in a process of their own."""
