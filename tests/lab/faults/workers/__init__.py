"""Faults of workers in other languages and of other kinds, in namespaces of their own, one a file."""
