"""Benchmarks against peers: see scripts/bench.

A suite is a module in `suites` with a `SUITE`; it measures through a `Bench` (bench.py). To add
one, write the module and name it in suites/__init__.py.
"""
