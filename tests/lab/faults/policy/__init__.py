"""Faults of the topic policy, one a file: what is open that need not be, and what is due."""
