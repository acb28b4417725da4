"""Faults between the worker and its database."""
