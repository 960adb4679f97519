"""What happened: written down while it happens, read back by the checker."""
