"""Several faults at once, one combination a file."""
