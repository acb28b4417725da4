"""Faults of pods and what Kubernetes needs to run them."""
