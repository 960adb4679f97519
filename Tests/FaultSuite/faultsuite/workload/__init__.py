"""The jobs of a run: what they do, and what they write about themselves."""
