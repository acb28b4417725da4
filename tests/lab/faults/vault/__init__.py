"""Faults of the topic vault, one a file."""

NOT_INJECTED: dict[str, str] = {
    "V42": "The nodes share one kernel and so one clock, and Vault's own cannot be set apart from it; what a wrong "
    "clock does to certificates is injected as V29g.",
}
"""Faults of the topic that a cluster like this cannot show, and why."""
