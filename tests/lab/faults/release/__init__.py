"""Faults of the topic release, one a file."""

_NO_TRACE = "nothing in the cluster changes: the only trace is what the deployment tool printed."

NOT_INJECTED: dict[str, str] = {
    "D02": _NO_TRACE,
    "D08": "a worker ahead of its migrations is a table that is not there: P15.",
    "D10": "who wrote the Secret is told only by the Secret, which is not read: it looks like P05.",
    "D13": "a tag cannot be moved here between the starts of two pods: images are loaded, and so have no digest.",
    "D14": _NO_TRACE,
    "D15": "the setting reaches a ConfigMap that no pod reads, and that is therefore not read here either.",
    "D16": _NO_TRACE,
}
"""Faults of the topic that a cluster like this cannot show, and why."""
