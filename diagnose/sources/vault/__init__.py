"""Answers of Vault."""
