"""Answers from Temporal's frontend."""
