"""Faults of the topic temporal, one a file."""

NOT_INJECTED: dict[str, str] = {
    "T04b": "A certificate that is not trusted: the worker's clients have no setting for TLS, so none is checked.",
    "T09b": "A failed worker in a pod that stays ready: this release of the SDK ends the process, as T09 shows.",
}
"""Faults of the topic that a cluster like this cannot show, and why."""
