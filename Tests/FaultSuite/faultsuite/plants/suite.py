from __future__ import annotations
def run_plants(options, folder):
    raise ValueError("not yet")
