"""Answers from Vault."""
