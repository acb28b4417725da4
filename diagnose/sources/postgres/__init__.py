"""Answers from PostgreSQL."""
