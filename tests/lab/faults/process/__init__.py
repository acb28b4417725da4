"""Faults of the topic process, one a file."""

NOT_INJECTED: dict[str, str] = {
    "H16": "whether two Secrets hold the same value is told only by reading them, which is not done; X28 is its kin.",
    "H14": "this cluster's worker has no Redis client, so that nothing of it can fail.",
}
"""Faults of the topic that a cluster like this cannot show, and why."""
