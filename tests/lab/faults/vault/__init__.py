"""Faults of the topic vault, one a file."""

NOT_INJECTED: dict[str, str] = {}
"""Faults of the topic that a cluster like this cannot show, and why."""
