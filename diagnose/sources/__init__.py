"""Where answers come from; nothing outside this package talks to a network, a cluster or a file of answers."""
