"""Tests of the suite itself: `python3 -m unittest discover -s Tests/FaultSuite -t Tests/FaultSuite`."""
