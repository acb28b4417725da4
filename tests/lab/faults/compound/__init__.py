"""Several independent faults at once."""
