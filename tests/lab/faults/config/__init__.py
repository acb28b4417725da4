"""Faults of the worker's configuration that its start does not end for: an audit, or a gate, must find them."""
