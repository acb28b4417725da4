"""Faults of workloads that know nothing of Temporal, one a file."""
