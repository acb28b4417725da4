"""Answers of Temporal's frontend."""
