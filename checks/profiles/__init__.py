"""What to expect of kinds of workloads, as data."""
