"""Peers that a suite runs ours beside: each knows how to configure and start one."""
