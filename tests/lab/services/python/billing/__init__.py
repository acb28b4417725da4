"""A Temporal worker as a team in Python writes it, and a client of the same Temporal that is none."""
