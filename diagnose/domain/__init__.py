"""What several checks know of a system."""
