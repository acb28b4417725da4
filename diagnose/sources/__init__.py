"""Sources of answers; only this package accesses a network, a cluster or a recording."""
