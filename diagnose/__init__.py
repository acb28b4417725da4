"""The engine of diagnose: it plans, asks, judges and reports; it knows no particular check."""

__version__ = "0.1.0"
