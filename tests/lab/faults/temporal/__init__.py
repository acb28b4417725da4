"""Faults between the worker and Temporal."""
