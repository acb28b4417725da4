"""A real Kubernetes cluster on one Linux machine, without Docker; started by `python -m tests.lab.kubernetes up`."""
