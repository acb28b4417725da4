"""Faults of the worker's process and its probes."""
