"""Network namespaces, and the emulator that all their packets go through."""
