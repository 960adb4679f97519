"""Plots of records of scripts/bench, as SVG: see scripts/plot."""
