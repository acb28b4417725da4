"""Faults between the worker and its Vault secrets."""
