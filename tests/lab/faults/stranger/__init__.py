"""Faults that public reports describe, and others of the same mechanisms, one a file.

Their first answers are kept: they were injected before anything was written for them.
"""

NOT_INJECTED: dict[str, str] = {}
"""Faults of the topic that a cluster like this cannot show, and why."""
