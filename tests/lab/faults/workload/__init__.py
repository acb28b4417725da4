"""Faults of the topic workload, one a file."""

NOT_INJECTED: dict[str, str] = {
    "K06": "Exit code 1 says nothing of its own: it is how many other faults look, and never the cause.",
}
"""Faults of the topic that a cluster like this cannot show, and why."""
