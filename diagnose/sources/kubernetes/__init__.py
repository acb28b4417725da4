"""Answers from the Kubernetes API, logs, exec and port-forward."""
